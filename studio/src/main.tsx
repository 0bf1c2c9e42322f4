import "./randomId";
import { createRoot } from "react-dom/client";
import { App } from "./app";

createRoot(document.getElementById("studio") as HTMLElement).render(<App />);
