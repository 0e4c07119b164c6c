/** Binding a port of 127.0.0.1 with an error a person can act on. */
import type { AddressInfo, Server } from "node:net";
import { Fault } from "../../provisioning/fault.ts";

export const HOST = "127.0.0.1";

/** Listens on `port` (0: any free one) and resolves with the port taken; rejects with one clear line. */
export function listen(server: Server, port: number): Promise<number> {
  return new Promise((listening, failed) => {
    server.once("error", (error: NodeJS.ErrnoException) => failed(listenError(error, port)));
    server.listen(port, HOST, () => listening((server.address() as AddressInfo).port));
  });
}

/** The line for a port that could not be had. */
export function listenError(error: NodeJS.ErrnoException, port: number): Error {
  if (error.code === "EADDRINUSE")
    return new Fault(
      `Port ${port} of ${HOST} is in use by another program: stop that one or choose another port (0 takes any free one).`,
      { cause: error },
    );
  if (error.code === "EACCES")
    return new Fault(
      `Port ${port} of ${HOST} may not be opened by this user: choose one above 1023.`,
      { cause: error },
    );
  return error;
}
