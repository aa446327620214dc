// Starts the emulator of SNS and SQS on loopback at a port of its own, prints its address, and stops when
// standard input ends: so it cannot outlive the test that started it.
import { buildApp } from "fauxqs";

const app = buildApp({ logger: false });
console.log(await app.listen({ port: 0, host: "127.0.0.1" }));
process.stdin.on("end", () => process.exit(0)).resume();
