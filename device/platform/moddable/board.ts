/** The board of this build: manifest.json says by platform which file of this folder it is. */
/// <reference path="./sdk.d.ts" />
export { openBoard } from "board";
