export { seededRandom } from "../../lib/health/random.js";
