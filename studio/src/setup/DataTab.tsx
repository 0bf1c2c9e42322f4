import { Checkbox } from "@fluentui/react-components";
import { changeSetup, useSession, useStudio } from "../session/studio";

/** The indexes that answers rest on. */
export function DataTab() {
  const { setup } = useSession();
  const indexes = useStudio((studio) => studio.indexes);
  return indexes.map(({ name }) => (
    <Checkbox
      key={name}
      label={name}
      checked={setup.indexes.includes(name)}
      onChange={(_, { checked }) =>
        changeSetup({
          indexes: checked
            ? [...setup.indexes, name]
            : setup.indexes.filter((other) => other !== name),
        })
      }
    />
  ));
}
