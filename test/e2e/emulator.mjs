// Starts the emulators of SNS and SQS, and of DynamoDB, on loopback at ports of their own, prints their
// addresses, and stops when standard input ends: so they cannot outlive the test that started them.
import { buildApp } from "fauxqs";
import dynalite from "dynalite";

const app = buildApp({ logger: false });
console.log(await app.listen({ port: 0, host: "127.0.0.1" }));
const tables = dynalite({ createTableMs: 0, deleteTableMs: 0 });
tables.listen(0, "127.0.0.1", () => console.log(`http://127.0.0.1:${tables.address().port}`));
process.stdin.on("end", () => process.exit(0)).resume();
