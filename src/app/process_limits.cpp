#include "app/process_limits.h"

#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>

namespace app {

void prepare_process() {
  ::umask(077);
  ::prctl(PR_SET_DUMPABLE, 0);
  const rlimit no_core{0, 0};
  ::setrlimit(RLIMIT_CORE, &no_core);
  rlimit files{};
  if (::getrlimit(RLIMIT_NOFILE, &files) == 0) {
    files.rlim_cur = files.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &files);
  }
}

}  // namespace app
