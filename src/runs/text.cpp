#include "runs/text.h"

#include "jsonapi/json.h"
#include "jsonapi/resource.h"

namespace runs {
namespace {

using jsonapi::Json;

// What was written by to_text; an unreadable one is as good as an empty one.
Json read(const std::string& text) {
  auto json = jsonapi::parse(text);
  return json && json->is_object() ? *std::move(json) : Json::object();
}

std::vector<std::string> texts(const Json& json, const char* name) {
  std::vector<std::string> out;
  for (const auto& item : jsonapi::get_array(json, name)) {
    if (item.is_string()) out.push_back(item.get<std::string>());
  }
  return out;
}

// The text members of an ingress, for both directions.
struct IngressMember {
  const char* name;
  std::string Ingress::*member;
};
constexpr IngressMember kIngressTexts[] = {
    {"branch", &Ingress::branch},
    {"tag", &Ingress::tag},
    {"commit_sha", &Ingress::commit_sha},
    {"commit_message", &Ingress::commit_message},
    {"commit_url", &Ingress::commit_url},
    {"compare_url", &Ingress::compare_url},
    {"clone_url", &Ingress::clone_url},
    {"identifier", &Ingress::identifier},
    {"pull_request_url", &Ingress::pull_request_url},
    {"pull_request_title", &Ingress::pull_request_title},
    {"pull_request_body", &Ingress::pull_request_body},
    {"sender_username", &Ingress::sender_username},
    {"sender_avatar_url", &Ingress::sender_avatar_url},
    {"sender_html_url", &Ingress::sender_html_url},
};

}  // namespace

std::string times_to_text(const StatusTimes& times) {
  Json json = Json::object();
  for (const auto& [key, time] : times) json[key] = base::to_millis(time);
  return jsonapi::dump(json);
}

StatusTimes times_from_text(const std::string& text) {
  StatusTimes times;
  const Json json = read(text);
  for (const auto& [key, value] : json.items()) {
    if (value.is_number_integer()) times[key] = base::from_millis(value.get<std::int64_t>());
  }
  return times;
}

std::string ingress_to_text(const Ingress& ingress) {
  Json json = {{"is_pull_request", ingress.is_pull_request},
               {"on_default_branch", ingress.on_default_branch},
               {"from_fork", ingress.from_fork},
               {"pull_request_number", ingress.pull_request_number}};
  for (const auto& [name, member] : kIngressTexts) json[name] = ingress.*member;
  return jsonapi::dump(json);
}

Ingress ingress_from_text(const IngressId& id, const std::string& text) {
  const Json json = read(text);
  Ingress ingress;
  ingress.id = id;
  for (const auto& [name, member] : kIngressTexts) ingress.*member = jsonapi::get_text(json, name);
  ingress.is_pull_request = jsonapi::get_boolean(json, "is_pull_request");
  ingress.on_default_branch = jsonapi::get_boolean(json, "on_default_branch");
  ingress.from_fork = jsonapi::get_boolean(json, "from_fork");
  ingress.pull_request_number = static_cast<int>(jsonapi::get_integer(json, "pull_request_number"));
  return ingress;
}

std::string actor_to_text(const Actor& actor) {
  if (actor.name.empty() && actor.id.empty()) return "{}";
  return jsonapi::dump({{"type", actor.type}, {"id", actor.id}, {"name", actor.name}});
}

Actor actor_from_text(const std::string& text) {
  const Json json = read(text);
  return {jsonapi::get_text(json, "type"), jsonapi::get_text(json, "id"), jsonapi::get_text(json, "name")};
}

std::string options_to_text(const Run& run) {
  Json variables = Json::array();
  for (const auto& variable : run.variables) variables.push_back({{"key", variable.key}, {"value", variable.value}});
  return jsonapi::dump({{"targets", run.target_addresses},
                        {"replace", run.replace_addresses},
                        {"variables", variables},
                        {"service_connections", run.service_connections}});
}

void options_from_text(const std::string& text, Run& run) {
  const Json json = read(text);
  run.target_addresses = texts(json, "targets");
  run.replace_addresses = texts(json, "replace");
  run.service_connections = texts(json, "service_connections");
  for (const auto& item : jsonapi::get_array(json, "variables")) {
    run.variables.push_back({jsonapi::get_text(item, "key"), jsonapi::get_text(item, "value")});
  }
}

}  // namespace runs
