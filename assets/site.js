// Everything here is an extra: pages work without it.
import { startKeys } from "./keys.js";
import { startSearch } from "./search.js";

startKeys();
startSearch();
