/** The pages of workers, queues and the schedule, in one script. */

export { Queues } from "./queues";
export { Schedule } from "./schedule";
export { Workers } from "./workers";
