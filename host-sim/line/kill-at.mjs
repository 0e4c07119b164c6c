/**
 * Preloaded into a station's process: counts every operation that changes a file (the ledger's are
 * among them, SQLite works through node:fs) and kills the process with SIGKILL before the one with
 * the number THIRTEEN_KILL_AT, or with THIRTEEN_KILL_HALF in the middle of it when it is a write.
 * With THIRTEEN_KILL_COUNT, a file, the process lives and leaves the kinds of its operations there.
 * With THIRTEEN_KILL_COPIES, a folder, it lives and leaves a copy of its own folder (its first argument)
 * at each of the places THIRTEEN_KILL_WANTED, "5" before operation 5, "5-half" in the middle of it.
 */
import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";

const at = Number(process.env.THIRTEEN_KILL_AT ?? 0);
const isHalf = process.env.THIRTEEN_KILL_HALF === "1";
const countFile = process.env.THIRTEEN_KILL_COUNT;
const seen = [];

const copies = process.env.THIRTEEN_KILL_COPIES;
const wanted = new Set((process.env.THIRTEEN_KILL_WANTED ?? "").split(" "));
/** So many copies may wait to be gone on with. */
const waiting = 24;
let isCopying = false;
const halt = new Int32Array(new SharedArrayBuffer(4));

function leaveCopy(name) {
  if (copies === undefined || !wanted.has(name)) return;
  isCopying = true;
  while (readdirSync(copies).length >= waiting) Atomics.wait(halt, 0, 0, 20);
  const draft = `${copies}-draft`;
  cpSync(process.argv[2], draft, { recursive: true });
  renameSync(draft, `${copies}/${name}`);
  isCopying = false;
}

const die = () => process.kill(process.pid, "SIGKILL");

function counted(name, original) {
  const half = (args) => {
    if (name !== "writeSync" || typeof args[1] === "string") return;
    const [file, bytes, offset = 0, length = bytes.length - offset, position = null] = args;
    original(file, bytes, offset, Math.floor(length / 2), position);
  };
  return (...args) => {
    if (isCopying) return original(...args);
    seen.push(name);
    if (seen.length === at) {
      if (isHalf) half(args);
      die();
    }
    leaveCopy(String(seen.length));
    if (wanted.has(`${seen.length}-half`)) {
      // A write without a place goes on from where the half one ended: it would be there twice.
      if (typeof args[4] === "number") half(args);
      leaveCopy(`${seen.length}-half`);
    }
    return original(...args);
  };
}

const changing = [
  ...["writeSync", "writeFileSync", "fsyncSync", "renameSync", "unlinkSync", "rmSync", "rmdirSync"],
  ...["mkdirSync", "linkSync", "copyFileSync", "ftruncateSync", "truncateSync"],
];
const { writeFileSync, openSync, readdirSync, cpSync, renameSync } = fs;
for (const name of changing) fs[name] = counted(name, fs[name]);
// Opening makes a file, or empties it, unless it is opened to be read.
const countedOpen = counted("openSync", openSync);
fs.openSync = (path, flags = "r", ...rest) => {
  const reads = flags === "r" || flags === fs.constants.O_RDONLY;
  return (reads ? openSync : countedOpen)(path, flags, ...rest);
};
syncBuiltinESMExports();

if (countFile) process.on("exit", () => writeFileSync(countFile, JSON.stringify(seen)));
