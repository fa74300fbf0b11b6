// All tests in one process: the library is loaded once, and what it prints cannot mix with the test runner's own protocol.

import './deployment.test.ts';
import './input.test.ts';
import './permissions.test.ts';
