/** The next request of a session as programs that run: in a shell, in Python, and as plain JSON. */

import type { Json } from "../api/types";
import { draft } from "../session/drafts";
import { inWords, requestBody, withQuestion } from "../session/request";
import type { Picture, Question, Session } from "../session/session";

/** What stands in a request where a picture's bytes go, until it is written in a language. */
const MARK = /^\0picture:(\d+)$/;

interface Program {
  body: Json;
  pictures: Picture[];
}

const SAMPLE: Question = { text: "What do you see?", pictures: [] };

/** The request of the last question; where none was asked, of the one that is being written. */
function program(session: Session): Program {
  const { text, pictures: attached, videos = [] } = draft(session.id);
  const [asked, position] = session.turns.length
    ? ([session, session.turns.length - 1] as const)
    : withQuestion(
        session,
        text || attached.length || videos.length ? { text, pictures: attached, videos } : SAMPLE,
      );
  const pictures: Picture[] = [];
  const body = requestBody(asked, position, (picture) => `\0picture:${pictures.push(picture) - 1}`);
  return { body, pictures };
}

export function asJson(session: Session): string {
  const { body, pictures } = program(session);
  return JSON.stringify(
    body,
    (_, value) => {
      const at = typeof value === "string" && MARK.exec(value)?.[1];
      return at ? inWords(pictures[Number(at)] as Picture) : value;
    },
    2,
  );
}

export function asCurl(session: Session, base: string): string {
  const { body, pictures } = program(session);
  // In a here-document without quotes a shell puts in what $(…) says, and reads these three itself.
  const json = JSON.stringify(body, null, 2)
    .replace(/[\\$`]/g, "\\$&")
    .replace(/"\\\\u0000picture:(\d+)"/g, (_, at) => {
      const { name, type } = pictures[Number(at)] as Picture;
      return `"data:${type};base64,$(base64 < ${shellQuoted(name)} | tr -d '\\n')"`;
    });
  return `curl -N ${shellQuoted(`${base}/chat/completions`)} \\
  -H 'content-type: application/json' -d @- <<END
${json}
END
`;
}

/** Names of the official client's own arguments; everything else goes into \`extra_body\`. */
const ARGUMENTS = new Set([
  "model",
  "messages",
  "max_tokens",
  "temperature",
  "top_p",
  "frequency_penalty",
  "presence_penalty",
  "stop",
  "stream",
]);

export function asPython(session: Session, base: string): string {
  const { body, pictures } = program(session);
  const entries = Object.entries(body as Record<string, Json>);
  const own = entries.filter(([name]) => ARGUMENTS.has(name));
  const extra = Object.fromEntries(entries.filter(([name]) => !ARGUMENTS.has(name)));
  if (Object.keys(extra).length) own.push(["extra_body", extra]);
  const written = own.map(([name, value]) => `    ${name}=${literal(value, pictures, 1)},\n`);
  const helper = pictures.length
    ? `

def picture(name: str, media_type: str) -> str:
    with open(name, "rb") as file:
        data = base64.b64encode(file.read()).decode()
    return f"data:{media_type};base64,{data}"

`
    : "";
  return `${pictures.length ? "import base64\n\n" : ""}from openai import OpenAI
${helper}
client = OpenAI(base_url=${JSON.stringify(base)}, api_key="any")
stream = client.chat.completions.create(
${written.join("")})
for chunk in stream:
    if chunk.choices:
        print(chunk.choices[0].delta.content or "", end="", flush=True)
print()
`;
}

function literal(value: Json, pictures: Picture[], depth: number): string {
  const pad = "    ".repeat(depth);
  const within = `${pad}    `;
  const each = (inner: Json) => literal(inner, pictures, depth + 1);
  if (value === null) return "None";
  if (typeof value === "boolean") return value ? "True" : "False";
  if (typeof value === "string") {
    const at = MARK.exec(value)?.[1];
    if (at === undefined) return pythonText(value);
    const { name, type } = pictures[Number(at)] as Picture;
    return `picture(${pythonText(name)}, ${pythonText(type)})`;
  }
  if (Array.isArray(value)) {
    return value.length ? `[\n${value.map((v) => `${within}${each(v)},\n`).join("")}${pad}]` : "[]";
  }
  if (typeof value === "object") {
    const pairs = Object.entries(value).map(([k, v]) => `${within}${pythonText(k)}: ${each(v)},\n`);
    return `{\n${pairs.join("")}${pad}}`;
  }
  return String(value);
}

/** The texts of JSON are texts of Python. */
function pythonText(text: string): string {
  return JSON.stringify(text);
}

function shellQuoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
