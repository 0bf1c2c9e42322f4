/** Amounts in words. */

/** `count(1, "picture")` is "1 picture", `count(1200, "picture")` is "1,200 pictures". */
export function count(number: number, thing: string, things = `${thing}s`): string {
  return `${number.toLocaleString("en")} ${number === 1 ? thing : things}`;
}

/** Bytes as people say them: "812 bytes", "3.4 MB". */
export function bytes(number: number): string {
  if (number < 1000) return count(number, "byte");
  let left = number;
  for (const unit of ["kB", "MB", "GB"]) {
    left /= 1000;
    if (left < 999.5 || unit === "GB")
      return `${left.toLocaleString("en", { maximumFractionDigits: left < 10 ? 1 : 0 })} ${unit}`;
  }
  return "";
}

/** A length of time, roughly: "less than a minute", "about 5 min", "about 2.5 h". */
export function duration(seconds: number): string {
  if (seconds < 60) return "less than a minute";
  if (seconds < 90 * 60) return `about ${Math.round(seconds / 60)} min`;
  return `about ${(seconds / 3600).toLocaleString("en", { maximumFractionDigits: 1 })} h`;
}

/** A time of a video: "0:41", "1:02:03". Parts of a second fall off. */
export function clock(seconds: number): string {
  const whole = Math.floor(Math.max(seconds, 0));
  const two = (number: number) => String(number).padStart(2, "0");
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60];
  return hours ? `${hours}:${two(minutes)}:${two(whole % 60)}` : `${minutes}:${two(whole % 60)}`;
}

export function moment(iso: string): string {
  return new Date(iso).toLocaleString("en-GB", { dateStyle: "medium", timeStyle: "short" });
}
