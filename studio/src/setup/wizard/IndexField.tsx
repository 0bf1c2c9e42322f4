import { Field, Input } from "@fluentui/react-components";
import { useStudio } from "../../session/studio";
import { refused } from "../../widgets/refused";
import { meaning, missing, useForm } from "./form";
import { changePlace } from "./saving";

/** What the index is called. */
export function IndexField({ label }: { label: string }) {
  const form = useForm();
  const indexes = useStudio((studio) => studio.indexes);
  const wrong = missing(form, indexes).index;
  return (
    <Field
      label={label}
      required
      {...(wrong ? refused(wrong) : { hint: meaning(form.index, indexes) })}
    >
      <Input
        value={form.index}
        spellCheck={false}
        onChange={(_, { value }) => changePlace({ index: value })}
      />
    </Field>
  );
}
