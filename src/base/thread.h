#pragma once

#include <functional>
#include <string>
#include <thread>

namespace base {

// Starts a thread with a name that shows in `top -H` and the debugger (cut to 15 characters).
// Stops and joins on destruction, like any std::jthread.
std::jthread start_thread(const std::string& name, std::function<void(std::stop_token)> body);

}  // namespace base
