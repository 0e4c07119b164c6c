/** The simulator's `Platform`: each ECMA-419 class is a thin handle on the board outside. */
import type {
  AccessPoint,
  BootSlots,
  ByteBuffer,
  ClimateSensor,
  Clock,
  Connection,
  Digest,
  Digital,
  DigitalConstructor,
  Flash,
  FlashStatus,
  FlashStorage,
  JoinFailure,
  NetworkInterface,
  Platform,
  Serial,
  Timer,
  Updater,
} from "../../device/platform/platform.ts";
import { crypto } from "./crypto.ts";
import { call, callForBytes, claimId, release } from "./host.ts";
import type { Events } from "./protocol.ts";
import { BoardListener, BoardTCP, BoardTLS } from "./sockets.ts";

class BoardFlash implements Flash {
  private readonly id = claimId();
  private readonly figures: FlashStatus;

  constructor(path: string, mode: "r" | "r+") {
    this.figures = call("flash.open", { id: this.id, path, mode });
  }

  status(): FlashStatus {
    return this.figures;
  }

  read(byteLength: number, byteOffset: number): ArrayBuffer {
    const bytes = callForBytes("flash.read", {
      id: this.id,
      length: byteLength,
      offset: byteOffset,
    });
    return bytes ?? new ArrayBuffer(0);
  }

  write(buffer: ByteBuffer, byteOffset: number): void {
    call("flash.write", { id: this.id, offset: byteOffset }, buffer);
  }

  eraseBlock(start: number, end = start + 1): void {
    call("flash.erase", { id: this.id, start, end });
  }

  close(): void {
    release(this.id);
    call("flash.close", { id: this.id });
  }
}

const flash: FlashStorage = {
  open: ({ path, mode = "r+" }) => new BoardFlash(path, mode),
  [Symbol.iterator]: () => call("flash.list", {})[Symbol.iterator](),
};

/** As the chip's: in order, from the start of the partition, erasing as it goes. */
class BoardUpdater implements Updater {
  private readonly partition: Flash;

  constructor(partition: Flash) {
    this.partition = partition;
  }

  write(bytes: ByteBuffer, byteOffset: number): void {
    const { blockLength } = this.partition.status();
    const first = Math.ceil(byteOffset / blockLength);
    const end = Math.ceil((byteOffset + bytes.byteLength) / blockLength);
    if (end > first) this.partition.eraseBlock(first, end);
    this.partition.write(bytes, byteOffset);
  }

  complete(): void {
    call("update.complete", {});
  }

  close(): void {}
}

/** Read anew each time: `confirm` and an erase change them. */
const slots: BootSlots = {
  get running() {
    return call("slots.figures", {}).running;
  },
  get spare() {
    return call("slots.figures", {}).spare;
  },
  get state() {
    return call("slots.figures", {}).state;
  },
  get rolledBack() {
    return call("slots.figures", {}).rolledBack;
  },
  confirm: () => void call("slots.confirm", {}),
  rollBack: () => call("slots.rollBack", {}),
};

class BoardDigest implements Digest {
  private readonly id = claimId();

  constructor() {
    call("digest.open", { id: this.id });
  }

  write(bytes: ByteBuffer): void {
    call("digest.write", { id: this.id }, bytes);
  }

  close(): Uint8Array {
    release(this.id);
    return new Uint8Array(callForBytes("digest.close", { id: this.id }) as ArrayBuffer);
  }
}

class BoardDigital implements Digital {
  private readonly id: number;

  constructor(options: ConstructorParameters<DigitalConstructor>[0]) {
    const { pin, mode } = options;
    this.id = claimId(options.mode === "input" ? { pin: () => options.onReadable() } : {});
    const initialValue = (options.mode === "output" && options.initialValue) || 0;
    call("pin.open", { id: this.id, pin, mode, initialValue });
  }

  read(): 0 | 1 {
    return call("pin.read", { id: this.id });
  }

  write(value: 0 | 1): void {
    call("pin.write", { id: this.id, value });
  }

  close(): void {
    release(this.id);
    call("pin.close", { id: this.id });
  }
}

class BoardClimate implements ClimateSensor {
  sample(): ReturnType<ClimateSensor["sample"]> {
    const { temperature, humidity } = call("climate.sample", {});
    return { thermometer: { temperature }, hygrometer: { humidity } };
  }

  close(): void {}
}

class BoardInterface implements NetworkInterface {
  private readonly id: number;

  constructor(options: { onChanged: (property: "connection" | "address") => void }) {
    this.id = claimId({ "wifi.changed": ({ property }) => options.onChanged(property) });
    call("wifi.open", { id: this.id });
  }

  get connection(): Connection {
    return call("wifi.state", { id: this.id }).connection;
  }

  get address(): string | undefined {
    return call("wifi.state", { id: this.id }).address ?? undefined;
  }

  get failure(): JoinFailure | undefined {
    return call("wifi.state", { id: this.id }).failure ?? undefined;
  }

  connect(options: { SSID: string; password?: string }): void {
    call("wifi.connect", { id: this.id, ...options });
  }

  disconnect(): void {
    call("wifi.disconnect", { id: this.id });
  }

  close(): void {
    release(this.id);
    call("wifi.close", { id: this.id });
  }
}

class BoardAccessPoint implements AccessPoint {
  private readonly id = claimId();
  readonly address: string;

  constructor({ SSID }: { SSID: string }) {
    this.address = call("ap.open", { id: this.id, SSID }).address;
  }

  close(): void {
    release(this.id);
    call("ap.close", { id: this.id });
  }
}

class BoardSerial implements Serial {
  private readonly id: number;

  constructor({ onReadable }: { onReadable: (bytes: number) => void }) {
    this.id = claimId({ "serial.readable": ({ bytes }) => onReadable(bytes) });
    call("serial.open", { id: this.id });
  }

  read(): ArrayBuffer | undefined {
    return callForBytes("serial.read", { id: this.id });
  }

  write(buffer: ByteBuffer): void {
    call("serial.write", { id: this.id }, buffer);
  }

  close(): void {
    release(this.id);
    call("serial.close", { id: this.id });
  }
}

const timer: Timer = {
  set(callback, delayMs) {
    const id = claimId({
      timer() {
        release(id);
        callback();
      },
    });
    call("timer.set", { id, delayMs });
    return id;
  },
  clear(id) {
    release(id);
    call("timer.clear", { id });
  },
};

const clock: Clock = {
  ticks: () => call("clock.ticks", {}),
  wall: () => call("clock.wall", {}) ?? undefined,
};

/** The board as this life of the device finds it. */
export function boardPlatform({ board, resetReason }: Events["boot"]): Platform {
  return {
    board,
    flash,
    update: { open: ({ partition }) => new BoardUpdater(partition) },
    slots,
    Digest: BoardDigest,
    Digital: BoardDigital,
    climate: BoardClimate,
    network: {
      Interface: BoardInterface,
      AccessPoint: BoardAccessPoint,
      Listener: BoardListener,
      TCP: BoardTCP,
      TLS: BoardTLS,
    },
    serial: BoardSerial,
    timer,
    clock,
    random: (length) => new Uint8Array(callForBytes("random", { length }) ?? new ArrayBuffer(0)),
    crypto,
    system: {
      resetReason,
      restart: () => void call("system.restart", {}),
      heap: () => call("system.heap", {}),
    },
    trace: (room, event, detail) => {
      call("trace", detail ? { room, event, detail } : { room, event });
    },
  };
}
