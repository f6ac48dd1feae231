#pragma once

#include <string>

#include "runs/run.h"

// How values that no query asks about are kept in one column: JSON objects.
namespace runs {

std::string times_to_text(const StatusTimes& times);
StatusTimes times_from_text(const std::string& text);
std::string ingress_to_text(const Ingress& ingress);
Ingress ingress_from_text(const IngressId& id, const std::string& text);
std::string actor_to_text(const Actor& actor);
Actor actor_from_text(const std::string& text);
// Targets, replacements and variables of a run.
std::string options_to_text(const Run& run);
void options_from_text(const std::string& text, Run& run);

}  // namespace runs
