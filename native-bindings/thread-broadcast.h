#pragma once

// Credentials belong to a thread, and only the thread itself can change its own. Runs `action` once on every thread of
// the process, threads included that appear meanwhile. `action` runs inside a signal handler: system calls only; it
// returns 0 or an errno. Returns 0, the first errno of an action, or ETIMEDOUT if a thread did not answer.
int RunOnEveryThread(int (*action)());
