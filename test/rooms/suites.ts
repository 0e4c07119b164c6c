/** Every room's suites, for whoever runs them: ava on Node, and one bundle a room on other engines. */
import type { Suite } from "../suite.ts";
import { suites as access } from "./access.suite.ts";
import { suites as commands } from "./commands.suite.ts";
import { suites as link } from "./link.suite.ts";
import { suites as memory } from "./memory.suite.ts";
import { suites as platform } from "./platform.suite.ts";
import { suites as privacy } from "./privacy.suite.ts";
import { suites as product } from "./product.suite.ts";
import { suites as setup } from "./setup.suite.ts";
import { suites as storage } from "./storage.suite.ts";
import { suites as telemetry } from "./telemetry.suite.ts";
import { suites as update } from "./update.suite.ts";

/** By the name of the file, `<room>.suite.ts`. */
export const rooms: Readonly<Record<string, readonly Suite[]>> = {
  access,
  commands,
  link,
  memory,
  platform,
  privacy,
  product,
  setup,
  storage,
  telemetry,
  update,
};
