/** The pages of workers, queues and the schedule. */

import { text } from "../../text";
import { Later, later } from "../../ui/later";

const load = later(() => import("./pages"));

export function Operations({ page }: { readonly page: "workers" | "queues" | "schedule" }) {
  return (
    <Later
      load={load}
      show={({ Workers, Queues, Schedule }) => {
        if (page === "workers") return <Workers />;
        return page === "queues" ? <Queues /> : <Schedule />;
      }}
      title={text.nav[page]}
      words={text.loadingPage}
    />
  );
}
