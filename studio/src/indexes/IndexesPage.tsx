import { useStudio } from "../session/studio";

/** The indexes of this server. */
export default function IndexesPage() {
  const indexes = useStudio((studio) => studio.indexes);
  return (
    <main>
      {indexes.map(({ name }) => (
        <p key={name}>{name}</p>
      ))}
    </main>
  );
}
