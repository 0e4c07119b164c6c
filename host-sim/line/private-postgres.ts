/**
 * A PostgreSQL cluster of our own for a trial: from the distribution's package, in a folder that goes
 * with it, reached over a socket in that folder and over no network at all.
 */
import { execFileSync, spawn } from "node:child_process";
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Fault } from "../../provisioning/fault.ts";

export interface PrivatePostgres {
  readonly url: string;
  close(): Promise<void>;
}

/** The folder with `initdb` and `postgres`; undefined where PostgreSQL is not installed. */
export function findPostgres(): string | undefined {
  const debian = "/usr/lib/postgresql";
  const versions = existsSync(debian)
    ? readdirSync(debian).sort((a, b) => Number(b) - Number(a))
    : [];
  const folders = [
    ...(process.env.PATH ?? "").split(":"),
    ...versions.map((version) => join(debian, version, "bin")),
  ];
  return folders.find((folder) =>
    ["initdb", "postgres"].every((name) => existsSync(join(folder, name))),
  );
}

/** @throws Fault when PostgreSQL is not installed or does not start. */
export async function startPostgres(): Promise<PrivatePostgres> {
  const bin = findPostgres();
  if (!bin)
    throw new Fault(
      "PostgreSQL is not installed here: apt-get install postgresql, or give --database URL",
    );
  const folder = mkdtempSync(join(tmpdir(), "thirteen-pg-"));
  const user = serverUser();
  if (user) chownSync(folder, user.uid, user.gid);
  const as = { ...user, cwd: folder, stdio: "ignore" } as const;
  const data = join(folder, "data");
  execFileSync(
    join(bin, "initdb"),
    [
      "--pgdata",
      data,
      "--username",
      "factory",
      "--auth",
      "trust",
      "--encoding",
      "UTF8",
      "--no-sync",
    ],
    as,
  );
  const settings = {
    listen_addresses: "",
    unix_socket_directories: folder,
    max_connections: "60",
  };
  const server = spawn(
    join(bin, "postgres"),
    [
      "-D",
      data,
      ...Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]),
    ],
    as,
  );
  const ended = new Promise<void>((resolve) => server.once("exit", () => resolve()));
  const close = async () => {
    // Fast shutdown: whoever is connected is disconnected.
    server.kill("SIGINT");
    await ended;
    rmSync(folder, { recursive: true, force: true });
  };
  const socket = join(folder, ".s.PGSQL.5432");
  for (const until = Date.now() + 30_000; !existsSync(socket); ) {
    if (server.exitCode !== null || Date.now() > until) {
      await close();
      throw new Fault("PostgreSQL did not start");
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return {
    url: `postgresql://factory@localhost/postgres?host=${encodeURIComponent(folder)}`,
    close,
  };
}

/** The server refuses to run as root: then it runs as the package's user. */
function serverUser(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const id = (flag: string) => Number(execFileSync("id", [flag, "postgres"], { encoding: "utf8" }));
  try {
    return { uid: id("-u"), gid: id("-g") };
  } catch {
    throw new Fault(
      "PostgreSQL does not run as root, and there is no user postgres: install its package",
    );
  }
}
