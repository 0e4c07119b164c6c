/**
 * Preloaded into a station's process: counts every operation that changes a file (the ledger's are
 * among them, SQLite works through node:fs) and kills the process with SIGKILL before the one with
 * the number THIRTEEN_KILL_AT, or with THIRTEEN_KILL_HALF in the middle of it when it is a write.
 * With THIRTEEN_KILL_COUNT, a file, the process lives and leaves the kinds of its operations there.
 */
import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";

const at = Number(process.env.THIRTEEN_KILL_AT ?? 0);
const isHalf = process.env.THIRTEEN_KILL_HALF === "1";
const countFile = process.env.THIRTEEN_KILL_COUNT;
const seen = [];

const die = () => process.kill(process.pid, "SIGKILL");

function counted(name, original) {
  return (...args) => {
    seen.push(name);
    if (seen.length === at) {
      if (isHalf && name === "writeSync" && typeof args[1] !== "string") {
        const [file, bytes, offset = 0, length = bytes.length - offset, position = null] = args;
        original(file, bytes, offset, Math.floor(length / 2), position);
      }
      die();
    }
    return original(...args);
  };
}

const changing = [
  ...["writeSync", "writeFileSync", "fsyncSync", "renameSync", "unlinkSync", "rmSync", "rmdirSync"],
  ...["mkdirSync", "linkSync", "copyFileSync", "ftruncateSync", "truncateSync"],
];
const { writeFileSync, openSync } = fs;
for (const name of changing) fs[name] = counted(name, fs[name]);
// Opening makes a file, or empties it, unless it is opened to be read.
const countedOpen = counted("openSync", openSync);
fs.openSync = (path, flags = "r", ...rest) => {
  const reads = flags === "r" || flags === fs.constants.O_RDONLY;
  return (reads ? openSync : countedOpen)(path, flags, ...rest);
};
syncBuiltinESMExports();

if (countFile) process.on("exit", () => writeFileSync(countFile, JSON.stringify(seen)));
