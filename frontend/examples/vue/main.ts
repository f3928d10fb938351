import { createApp } from "vue";
import Job from "./Job.vue";

const id = new URLSearchParams(location.search).get("task") ?? "";
createApp(Job, { id }).mount("#app");
