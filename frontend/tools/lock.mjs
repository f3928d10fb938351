// Takes every address out of package-lock.json: where packages come from is the machine's own
// setting, and npm needs no more than names, versions and checksums. Run by `npm run lock`, here and in examples/.
import { readFileSync, writeFileSync } from "node:fs";

const file = "package-lock.json";
const lock = JSON.parse(readFileSync(file, "utf8"));
for (const entry of Object.values(lock.packages)) {
  delete entry.funding;
  delete entry.resolved;
}
writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`);
