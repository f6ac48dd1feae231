#pragma once

#include <memory>

#include "providers/health.h"
#include "vcs/provider.h"

namespace providers {

// A provider whose every call is asked for and reported to the monitor. verify() is let through always: a person
// asked for it.
std::unique_ptr<vcs::Provider> watch(std::unique_ptr<vcs::Provider> provider, std::shared_ptr<HealthMonitor> monitor,
                                     HealthMonitor::Target target);

}  // namespace providers
