// The lab behind the pages: a real gateway and three nodes, on the data folder of the service.
import { execFileSync } from "node:child_process";

/** `sajeon lab up|status|down`; what it prints. */
export function lab(verb) {
  const { SAJEON_PROGRAM: program, SAJEON_DATA: data } = process.env;
  if (!program || !data) throw new Error("SAJEON_PROGRAM and SAJEON_DATA name no service");
  const words = ["lab", verb, "--data", data, "--json"];
  // Variables of these tests are no settings of the program, which refuses what it does not know.
  const env = { PATH: process.env.PATH };
  return JSON.parse(execFileSync(program, words, { encoding: "utf8", timeout: 60_000, env }));
}
