import { InfoLabel, makeStyles, Slider, SpinButton, tokens } from "@fluentui/react-components";
import { useId } from "react";
import { fitting, type NumberParameter } from "./parameters";

const useStyles = makeStyles({
  field: { display: "flex", flexDirection: "column" },
  head: { display: "flex", alignItems: "center", gap: tokens.spacingHorizontalS },
  label: { flexGrow: 1 },
  number: { width: "86px", minWidth: 0, flexShrink: 0 },
  slider: { marginInline: "-8px" },
});

interface Props {
  parameter: NumberParameter;
  value: number;
  change: (value: number) => void;
}

/** A number to slide or to type. What is typed is brought within the limits. */
export function NumberField({ parameter, value, change }: Props) {
  const styles = useStyles();
  const id = useId();
  const { label, about, least, most, step } = parameter;
  function take(given: number) {
    if (Number.isFinite(given)) change(fitting(given, parameter));
  }
  return (
    <div className={styles.field}>
      <div className={styles.head}>
        <InfoLabel htmlFor={id} info={about} className={styles.label}>
          {label}
        </InfoLabel>
        <SpinButton
          id={id}
          className={styles.number}
          size="small"
          value={value}
          displayValue={String(value)}
          min={least}
          max={most}
          step={step < 1 ? 0.1 : step}
          onChange={(_, { value: stepped, displayValue }) =>
            take(stepped ?? Number.parseFloat(displayValue ?? ""))
          }
        />
      </div>
      <Slider
        className={styles.slider}
        aria-label={label}
        size="small"
        value={value}
        min={least}
        max={most}
        // As a prop of the slider it would draw a mark at each step.
        input={{ step }}
        onChange={(_, { value: slid }) => take(slid)}
      />
    </div>
  );
}
