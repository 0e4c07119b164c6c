/** For cases that need something to download; `repository.ts` makes metadata say anything. */
export {
  attacks,
  newSigner,
  type Offer,
  ReleaseRepository,
} from "../../host-sim/update-server/release-repository.ts";
