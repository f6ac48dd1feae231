#include <chrono>
#include <memory>
#include <nlohmann/json.hpp>
#include <ostream>
#include <set>
#include <thread>

#include "base/strings.h"
#include "cli/context.h"
#include "jsonapi/json.h"

namespace cli {
namespace {

constexpr std::chrono::milliseconds kLogPoll{500};
constexpr std::size_t kLogChunk = 65536;
constexpr char kStartOfText = 2;
constexpr char kEndOfText = 3;

const std::vector<Field> kRunFields{{"ID", "id"},
                                    {"STATUS", "attributes.status"},
                                    {"WORKSPACE", "relationships.workspace.data.id"},
                                    {"MESSAGE", "attributes.message"},
                                    {"CREATED", "attributes.created-at"}};
const std::vector<Field> kRunDetails{{"Id", "id"},
                                     {"Status", "attributes.status"},
                                     {"Message", "attributes.message"},
                                     {"Source", "attributes.source"},
                                     {"Why", "attributes.trigger-reason"},
                                     {"Plan only", "attributes.plan-only"},
                                     {"Has changes", "attributes.has-changes"},
                                     {"Created", "attributes.created-at"},
                                     {"Can confirm", "attributes.actions.is-confirmable"},
                                     {"Can cancel", "attributes.actions.is-cancelable"},
                                     {"Plan", "relationships.plan.data.id"},
                                     {"Apply", "relationships.apply.data.id"}};

bool log_is_over(const std::string& status) {
  static const std::set<std::string> kOver{"finished", "errored", "canceled", "unreachable"};
  return kOver.count(status) > 0;
}

// Writes one log to the end, following it while it grows. The first byte is STX and the last ETX; neither is shown.
base::Status follow(Context& context, const std::string& path) {
  std::size_t offset = 0;
  while (true) {
    ASSIGN_OR_RETURN(const Json phase, context.api().get(path));
    const std::string url = jsonapi::get_text(phase, "data.attributes.log-read-url");
    const bool over = log_is_over(jsonapi::get_text(phase, "data.attributes.status"));
    if (url.empty()) return {};
    while (true) {
      ASSIGN_OR_RETURN(std::string text, context.api().get_text(url + "?limit=" + std::to_string(kLogChunk) +
                                                                "&offset=" + std::to_string(offset)));
      if (text.empty()) break;
      offset += text.size();
      std::erase_if(text, [](char c) { return c == kStartOfText || c == kEndOfText; });
      context.world().out << text << std::flush;
    }
    if (over) return {};
    std::this_thread::sleep_for(kLogPoll);
  }
}

base::Status show_log(Context& context, const std::string& run) {
  ASSIGN_OR_RETURN(const Json found, context.api().get("/runs/" + base::url_encode(run)));
  RETURN_IF_ERROR(follow(context, "/plans/" + jsonapi::get_text(found, "data.relationships.plan.data.id")));
  ASSIGN_OR_RETURN(const Json after, context.api().get("/runs/" + base::url_encode(run)));
  static const std::set<std::string> kApplies{"confirmed", "apply_queued", "applying",
                                              "applied",   "errored",      "canceled"};
  const std::string apply = jsonapi::get_text(after, "data.relationships.apply.data.id");
  if (apply.empty() || kApplies.count(jsonapi::get_text(after, "data.attributes.status")) == 0) return {};
  ASSIGN_OR_RETURN(const Json phase, context.api().get("/applies/" + apply));
  if (jsonapi::get_text(phase, "data.attributes.status") == "unreachable") return {};
  return follow(context, "/applies/" + apply);
}

base::Status start_run(Context& context, const std::string& workspace, const std::string& message, bool plan_only) {
  ASSIGN_OR_RETURN(const Json found, context.find_workspace(workspace));
  Json body = resource("runs", {{"message", message}, {"plan-only", plan_only}});
  body["data"]["relationships"]["workspace"]["data"] = {{"type", "workspaces"},
                                                        {"id", jsonapi::get_text(found, "data.id")}};
  ASSIGN_OR_RETURN(const Json made, context.api().post("/runs", body));
  return context.show_one(made, kRunDetails);
}

base::Status list_runs(Context& context, const std::string& workspace) {
  std::string path;
  if (workspace.empty()) {
    ASSIGN_OR_RETURN(path, context.organization_path("/runs"));
  } else {
    ASSIGN_OR_RETURN(const Json found, context.find_workspace(workspace));
    path = "/workspaces/" + jsonapi::get_text(found, "data.id") + "/runs";
  }
  ASSIGN_OR_RETURN(const Json page, context.api().get(path));
  return context.show_list(page, kRunFields, "No run yet.");
}

using WithRun = std::function<base::Status(Context&, const std::string&)>;

CLI::App* add_with_run(Program& program, CLI::App& parent, const std::string& command, const std::string& help,
                       WithRun action) {
  auto* added = parent.add_subcommand(command, help);
  auto id = std::make_shared<std::string>();
  added->add_option("run", *id, "run-…")->required();
  added->callback([&program, id, action = std::move(action)] {
    program.action = [id, action](Context& context) { return action(context, *id); };
  });
  return added;
}

void add_action(Program& program, CLI::App& run, const std::string& command, const std::string& action,
                const std::string& help) {
  auto comment = std::make_shared<std::string>();
  add_with_run(program, run, command, help,
               [action, command, comment](Context& context, const std::string& id) -> base::Status {
                 const Json body = comment->empty() ? Json::object() : Json{{"comment", *comment}};
                 ASSIGN_OR_RETURN(const Json answer,
                                  context.api().post("/runs/" + base::url_encode(id) + "/actions/" + action, body));
                 return context.done("Run " + id + ": " + command + " accepted.", answer);
               })
      ->add_option("--comment", *comment, "Why; kept with the run");
}

}  // namespace

void add_run_commands(Program& program) {
  auto* run = program.app.add_subcommand("run", "Runs")->require_subcommand(1);
  auto* list = run->add_subcommand("list", "The latest, of all workspaces or of one");
  auto of = std::make_shared<std::string>();
  list->add_option("--workspace", *of, "Name or ws-… id");
  list->callback([&program, of] { program.action = [of](Context& context) { return list_runs(context, *of); }; });
  auto* start = run->add_subcommand("start", "Start one by hand");
  auto workspace = std::make_shared<std::string>();
  auto message = std::make_shared<std::string>("Started from the command line");
  auto plan_only = std::make_shared<bool>(false);
  start->add_option("workspace", *workspace, "Name or ws-… id")->required();
  start->add_option("--message", *message, "Why");
  start->add_flag("--plan-only", *plan_only, "Do not offer to apply");
  start->callback([&program, workspace, message, plan_only] {
    program.action = [=](Context& context) { return start_run(context, *workspace, *message, *plan_only); };
  });
  add_with_run(program, *run, "show", "One run", [](Context& context, const std::string& id) -> base::Status {
    ASSIGN_OR_RETURN(const Json found, context.api().get("/runs/" + base::url_encode(id)));
    return context.show_one(found, kRunDetails);
  });
  add_with_run(program, *run, "log", "Its log, followed while it grows", show_log);
  add_action(program, *run, "confirm", "apply", "Apply what was planned");
  add_action(program, *run, "discard", "discard", "Give up what was planned");
  add_action(program, *run, "cancel", "cancel", "Stop it");
  add_action(program, *run, "force-cancel", "force-cancel", "Stop it when cancel did not help");
}

}  // namespace cli
