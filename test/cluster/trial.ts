/** `npm run cluster`: three RabbitMQ nodes under the attacks of `test/broker`, then dying under a street of units. */
import { parseArgs } from "node:util";
import { type Cluster, startCluster } from "../../host-sim/broker/rabbitmq/cluster.ts";
import { runCommandLine, wholeNumber } from "../../host-sim/command-line.ts";
import { engineNamed } from "../../host-sim/engine/engines.ts";
import { openStreet } from "../../host-sim/fleet/street.ts";
import { Fault } from "../../provisioning/fault.ts";
import { makeSite } from "../broker/site.ts";
import { attackCluster } from "./attacks.ts";
import { killEachNode } from "./losses.ts";

const usage = `usage: npm run cluster -- [--devices N] [--engine node|xs] [--json]

Three RabbitMQ nodes on this machine with the shipped configuration: first every attack on a broker's
rules, then the loss of each node in turn while units are commanded. Needs RabbitMQ 3.10 or later.

  --devices   how many units (1 to 500; default 200)
  --engine    what runs the firmware: node (default) or xs
  --json      the figures as JSON on standard output`;

const say = (line: string) => process.stderr.write(`${line}\n`);

await runCommandLine(usage, async () => {
  const { values } = parseArgs({
    options: {
      devices: { type: "string", default: "200" },
      engine: { type: "string", default: "node" },
      json: { type: "boolean", default: false },
    },
  });
  const devices = wholeNumber("--devices", values.devices, 1, 500);
  const engine = engineNamed(values.engine);

  const site = await makeSite();
  const stage = await startCluster(site.options);
  const attacks = await attackCluster(stage, site, say).finally(() => stage.close());

  let cluster: Cluster | undefined;
  const street = await openStreet({
    engine,
    devices,
    broker: async (options) => {
      cluster = await startCluster(options);
      return cluster;
    },
  });
  const losses = await killEachNode(street, cluster!, say).finally(() => street.close());

  const figures = { attacks, losses };
  console.log(values.json ? JSON.stringify(figures, null, 2) : describe(figures));
  const { reportsLost, neverObeyed } = losses.commands;
  if (attacks.succeeded.length > 0)
    throw new Fault(`attacks succeeded: ${attacks.succeeded.join(", ")}`);
  if (attacks.toothless.length > 0)
    throw new Fault(`attacks that prove nothing: ${attacks.toothless.join(", ")}`);
  if (reportsLost + neverObeyed > 0)
    throw new Fault(`${reportsLost} reports were lost, ${neverObeyed} commands never obeyed`);
});

function describe({
  attacks,
  losses,
}: {
  attacks: Awaited<ReturnType<typeof attackCluster>>;
  losses: Awaited<ReturnType<typeof killEachNode>>;
}): string {
  const { commands } = losses;
  return [
    `${attacks.refused} attacks refused, ${attacks.succeeded.length} succeeded`,
    ...losses.nodes.map(
      ({ node, lost, back }) =>
        `${node} died: ${lost} of ${losses.devices} units lost it, half were back after ${back.median} s, all after ${back.last} s`,
    ),
    `${commands.acknowledged} commands acknowledged, ${commands.repeated} repeated, ${commands.obeyed} obeyed, ${commands.reportsLost} reports lost`,
  ].join("\n");
}
