/** The two slots on the chip: by the firmware's own flash, update and slots, with the image that runs as the other. */
import { openChip } from "../../device/platform/moddable/esp32/chip.ts";
import type { Answer, SlotOrder } from "./asked.ts";
import { countNative } from "./count-native.ts";

const blockLength = 4096;
const spoilt = 16;

export function openSlots(): (order: SlotOrder) => Answer {
  const { flash, update, slots, system } = openChip();
  const { resetReason } = system;

  const copy = (from: number, to: number) => {
    const running = flash.open({ path: slots.running, mode: "r" });
    const spare = flash.open({ path: slots.spare });
    for (let block = from; block < to; block++) {
      spare.eraseBlock(block);
      spare.write(running.read(blockLength, block * blockLength), block * blockLength);
    }
  };
  const choose = () => {
    const partition = flash.open({ path: slots.spare });
    update.open({ partition, mode: "a", byteLength: partition.status().size }).complete();
  };

  return (order) => {
    try {
      if (order.do === "copy") copy(order.from, order.to);
      else if (order.do === "spoil")
        flash.open({ path: slots.spare }).write(new Uint8Array(spoilt), order.at);
      else if (order.do === "choose") choose();
      else if (order.do === "confirm") slots.confirm();
      else if (order.do === "restart") system.restart();
      else if (order.do === "hang") countNative.hang(false);
      else if (order.do === "hangMute") countNative.hang(true);
      else if (order.do === "rollBack" && slots.rollBack() === false)
        return { refused: "nothing to go back to" };
    } catch (error) {
      return { refused: (error as Error).message };
    }
    const { running, state, rolledBack } = slots;
    return { told: { running, state, rolledBack, resetReason } };
  };
}
