#pragma once

#include <sys/types.h>

namespace runs {

// Sends `signal` to `root` and everything below it (Linux /proc). A root of 0 or one that is gone is nothing to do.
void signal_tree(pid_t root, int signal);

}  // namespace runs
