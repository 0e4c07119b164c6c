/** Every room suite, for whoever runs them: ava on Node, and the bundles for other engines. */
import type { Suite } from "../suite.ts";
import { suites as access } from "./access.suite.ts";
import { suites as commands } from "./commands.suite.ts";
import { suites as link } from "./link.suite.ts";
import { suite as platform } from "./platform.suite.ts";
import { suite as privacy } from "./privacy.suite.ts";
import { suite as product } from "./product.suite.ts";
import { suites as setup } from "./setup.suite.ts";
import { suites as storage } from "./storage.suite.ts";
import { suite as telemetry } from "./telemetry.suite.ts";

export const suites: readonly Suite[] = [
  ...access,
  ...commands,
  ...link,
  platform,
  privacy,
  product,
  ...setup,
  ...storage,
  telemetry,
];
