/** tuf-js, an independent client, over files in memory: what it makes of a repository. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { BaseFetcher, Updater } from "tuf-js";
import { DownloadHTTPError } from "tuf-js/dist/error.js";
import type { Files } from "./client.ts";

const base = "https://repository.invalid/";

class MemoryFetcher extends BaseFetcher {
  private readonly files: Files;

  constructor(files: Files) {
    super();
    this.files = files;
  }

  override async fetch(url: string): Promise<NodeJS.ReadableStream> {
    const bytes = this.files.get(url.slice(base.length));
    if (!bytes) throw new DownloadHTTPError("not found", 404);
    return Readable.from([Buffer.from(bytes)]);
  }
}

/** One installed client; its folder holds what it has come to trust. */
export class TufJs {
  private readonly folder: string;

  private constructor(folder: string) {
    this.folder = folder;
  }

  static async install(root: Uint8Array): Promise<TufJs> {
    const folder = await mkdtemp(join(tmpdir(), "thirteen-tuf-js-"));
    await writeFile(join(folder, "root.json"), root);
    return new TufJs(folder);
  }

  updater(files: Files): Updater {
    return new Updater({
      metadataDir: this.folder,
      metadataBaseUrl: base.slice(0, -1),
      fetcher: new MemoryFetcher(files),
    });
  }

  /** "found", or why not, in its words. */
  async verdict(files: Files, target: string): Promise<string> {
    try {
      const updater = this.updater(files);
      await updater.refresh();
      return (await updater.getTargetInfo(target)) ? "found" : "no such target";
    } catch (error) {
      return (error as Error).message;
    }
  }

  /** The same, and the target fetched and compared with what is signed. */
  async download(files: Files, target: string): Promise<string> {
    try {
      const updater = this.updater(files);
      await updater.refresh();
      const info = await updater.getTargetInfo(target);
      if (!info) return "no such target";
      await updater.downloadTarget(info, join(this.folder, "target"), base.slice(0, -1));
      return "found";
    } catch (error) {
      return (error as Error).message;
    }
  }

  async remove(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }
}
