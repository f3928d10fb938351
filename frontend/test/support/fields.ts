/** Fields for tests of the launch form. */

import type { Field } from "../../src/pages/launch/fields";
import { fields } from "../../src/pages/launch/schema";

/** The field of a schema with this one property. */
export function field(property: unknown, required = false, $defs = {}): Field {
  const schema = {
    type: "object",
    properties: { it: property },
    required: required ? ["it"] : [],
    $defs,
  };
  const [only] = fields(schema);
  if (!only) throw new Error("no field");
  return only;
}
