/** Checks that a value from elsewhere has the shape it should have, and says where it has not. */

/** Returns the value, of known parts only. Throws Misshapen. */
export type Shape<T> = (value: unknown, where: string) => T;

export class Misshapen extends Error {
  constructor(where: string, expected: string, value: unknown) {
    super(`${where || "the file"}: expected ${expected}, got ${inWords(value)}`);
  }
}

export const text: Shape<string> = (value, where) => {
  if (typeof value !== "string") throw new Misshapen(where, "text", value);
  return value;
};

export const truth: Shape<boolean> = (value, where) => {
  if (typeof value !== "boolean") throw new Misshapen(where, "true or false", value);
  return value;
};

/** Any JSON, as it is. */
// biome-ignore lint/suspicious/noExplicitAny: the places that read it look at it with care
export const anything: Shape<any> = (value) => value;

export function number(least = -Infinity, most = Infinity): Shape<number> {
  return (value, where) => {
    if (typeof value !== "number" || !Number.isFinite(value) || value < least || value > most) {
      const bounds = Number.isFinite(most) ? ` from ${least} to ${most}` : "";
      throw new Misshapen(where, `a number${bounds}`, value);
    }
    return value;
  };
}

export function oneOf<T extends string>(...words: T[]): Shape<T> {
  return (value, where) => {
    if (!words.includes(value as T))
      throw new Misshapen(where, `one of ${words.join(", ")}`, value);
    return value as T;
  };
}

export function orNull<T>(shape: Shape<T>): Shape<T | null> {
  return (value, where) => (value === null ? null : shape(value, where));
}

/** `usual` where the file says nothing. */
export function or<T>(shape: Shape<T>, usual: T): Shape<T> {
  return (value, where) => (value === undefined ? usual : shape(value, where));
}

export function list<T>(shape: Shape<T>, most = Infinity): Shape<T[]> {
  return (value, where) => {
    if (!Array.isArray(value)) throw new Misshapen(where, "a list", value);
    if (value.length > most) throw new Misshapen(where, `at most ${most} entries`, value);
    return value.map((one, position) => shape(one, `${where}[${position}]`));
  };
}

/** An object with these fields; others of it are left out. */
export function record<T extends object>(fields: { [Key in keyof T]-?: Shape<T[Key]> }): Shape<T> {
  return (value, where) => {
    const given = object(value, where);
    const names = Object.keys(fields) as (keyof T & string)[];
    return Object.fromEntries(
      names.map((name) => [name, fields[name](given[name], where ? `${where}.${name}` : name)]),
    ) as T;
  };
}

/** An object that has at least these fields; all of it is kept. */
export function open<T extends object>(fields: { [Key in keyof T]?: Shape<T[Key]> }): Shape<T> {
  const known = record(fields as { [Key in keyof T]-?: Shape<T[Key]> });
  return (value, where) => ({ ...object(value, where), ...known(value, where) });
}

export function table<T>(shape: Shape<T>): Shape<Record<string, T>> {
  return (value, where) =>
    Object.fromEntries(
      Object.entries(object(value, where)).map(([name, one]) => [
        name,
        shape(one, `${where}.${name}`),
      ]),
    );
}

function object(value: unknown, where: string): Record<string, unknown> {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw new Misshapen(where, "an object", value);
  return value as Record<string, unknown>;
}

function inWords(value: unknown): string {
  if (value === undefined) return "nothing";
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (typeof value === "object" && value !== null) return "an object";
  const shown = JSON.stringify(value);
  return shown.length > 40 ? `${shown.slice(0, 40)}…` : shown;
}
