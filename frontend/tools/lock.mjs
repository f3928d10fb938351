// Removes all addresses from package-lock.json: where packages come from is a setting of the machine, and npm needs only
// names, versions and checksums. Run by `npm run lock`, here and in examples/, and for tests/openid.
import { readFileSync, writeFileSync } from "node:fs";

const file = "package-lock.json";
const lock = JSON.parse(readFileSync(file, "utf8"));
for (const entry of Object.values(lock.packages)) {
  delete entry.funding;
  delete entry.resolved;
}
writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`);
