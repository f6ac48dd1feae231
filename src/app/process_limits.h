#pragma once

namespace app {

// Once, before any thread: no core dumps and no tracing by others of the same user (secrets are in memory), files
// readable by the owner only, as many descriptors as the system allows.
void prepare_process();

}  // namespace app
