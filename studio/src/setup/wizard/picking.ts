/** Files that somebody chose or dropped, folders taken apart. */

export interface Picked {
  file: File;
  /** Its path from the folder that was chosen, or its name. */
  name: string;
}

export interface Gathered {
  pictures: Picked[];
  /** `metadata*.json` at the top: descriptions of the pictures. */
  metadata: File[];
  /** Names that the system hides and a source passes over. */
  hidden: number;
}

/** Files of an input, where a folder's own name comes first in each path. */
export function chosen(files: FileList): Picked[] {
  return [...files].map((file) => ({
    file,
    name: file.webkitRelativePath.split("/").slice(1).join("/") || file.name,
  }));
}

/** Everything that was dropped. The entries must be taken in the event itself. */
export async function dropped(data: DataTransfer): Promise<Picked[]> {
  const files = [...data.items].filter(({ kind }) => kind === "file");
  const entries = files.map((item) => item.webkitGetAsEntry()).filter((entry) => !!entry);
  const [only] = entries;
  // The name of a folder that was dropped alone is no part of its paths.
  if (entries.length === 1 && only?.isDirectory) return inFolder(only, "");
  return (await Promise.all(entries.map((entry) => below(entry, "")))).flat();
}

/** What of it is sent as a picture; what else it is, the server judges by the content. */
export function gathered(picked: Picked[]): Gathered {
  const isHidden = ({ name }: Picked) => name.split("/").some((part) => part.startsWith("."));
  const isMetadata = ({ name }: Picked) => /^metadata[^ /]*\.json$/.test(name);
  // Browsers list a folder in any order.
  const open = picked
    .filter((one) => !isHidden(one))
    .sort((one, other) => one.name.localeCompare(other.name, "en", { numeric: true }));
  return {
    pictures: open.filter((one) => !isMetadata(one)),
    metadata: open.filter(isMetadata).map(({ file }) => file),
    hidden: picked.length - open.length,
  };
}

async function below(entry: FileSystemEntry, path: string): Promise<Picked[]> {
  const name = path + entry.name;
  if (entry.isDirectory) return inFolder(entry, `${name}/`);
  const file = await new Promise<File>((resolve, reject) =>
    (entry as FileSystemFileEntry).file(resolve, reject),
  );
  return [{ file, name }];
}

async function inFolder(entry: FileSystemEntry, path: string): Promise<Picked[]> {
  const reader = (entry as FileSystemDirectoryEntry).createReader();
  const found: Picked[] = [];
  for (;;) {
    // It lists about a hundred entries at a time.
    const page = await new Promise<FileSystemEntry[]>((resolve, reject) =>
      reader.readEntries(resolve, reject),
    );
    if (!page.length) return found;
    for (const child of page) found.push(...(await below(child, path)));
  }
}
