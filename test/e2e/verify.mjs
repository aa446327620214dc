// Verifies a signed message with the JavaScript library of Standard Webhooks: reads {secret, headers, body} from
// standard input, and prints the id of the finding in it.
import { text } from "node:stream/consumers";
import { Webhook } from "standardwebhooks";

const { secret, headers, body } = JSON.parse(await text(process.stdin));
console.log(new Webhook(secret).verify(body, headers).id);
