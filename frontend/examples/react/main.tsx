import { createRoot } from "react-dom/client";
import { Job } from "./Job";

const id = new URLSearchParams(location.search).get("task") ?? "";
const app = document.getElementById("app");
if (app) createRoot(app).render(<Job id={id} />);
