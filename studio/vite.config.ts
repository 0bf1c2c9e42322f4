import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

/** Where `npm run dev` passes requests on to. */
const server = "http://127.0.0.1:8477";

export default defineConfig({
  plugins: [react()],
  // Relative addresses: the Studio works under any path that it is served at.
  base: "./",
  build: {
    outDir: "../src/sightline/studio",
    assetsDir: "studio",
    emptyOutDir: true,
    target: "es2023",
    // No address is ever turned into a data URL, which the policy of the page would forbid.
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 1200,
  },
  server: { proxy: { "/v1": server, "/api": server, "/health": server } },
});
