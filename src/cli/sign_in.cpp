#include "cli/sign_in.h"

#include <algorithm>
#include <chrono>
#include <nlohmann/json.hpp>
#include <ostream>
#include <thread>

#include "base/strings.h"
#include "jsonapi/json.h"

namespace cli {
namespace {

using jsonapi::get_text;

constexpr std::int64_t kLongestWait = 60;

bool is_of_configurations(const catalogue::Parameter& parameter) {
  return parameter.options_from.kind == catalogue::OptionsFrom::Kind::kOauthConfigurations;
}

void tell(Context& context, const Json& started) {
  std::ostream& err = context.world().err;
  const std::string url = get_text(started, "data.attributes.authorization-url");
  const std::string code = get_text(started, "data.attributes.user-code");
  if (code.empty()) {
    err << "Open this address in a browser in which you are signed in to runbridge:\n\n  " << url << "\n\n";
  } else {
    err << "Open " << url << " and enter the code\n\n  " << code << "\n\n";
  }
  err << "Waiting until " << get_text(started, "data.attributes.expires-at") << " …\n" << std::flush;
}

}  // namespace

base::Result<std::string> sign_in(Context& context, const std::string& path, const Json& attributes) {
  ASSIGN_OR_RETURN(const Json started, context.api().post(path, resource("oauth-authorizations", attributes)));
  tell(context, started);
  const std::string id = get_text(started, "data.id");
  Json now = started;
  while (get_text(now, "data.attributes.status") == "pending") {
    const auto seconds = jsonapi::get_integer(now, "data.attributes.poll-seconds", 5);
    std::this_thread::sleep_for(std::chrono::seconds(std::clamp<std::int64_t>(seconds, 0, kLongestWait)));
    auto asked = context.api().get("/oauth-authorizations/" + base::url_encode(id));
    if (!asked && asked.error().code == base::Code::kNotFound) {
      return base::conflict("nobody signed in in time; begin anew");
    }
    if (!asked) return std::move(asked).error();
    now = *std::move(asked);
  }
  const std::string message = get_text(now, "data.attributes.message");
  if (get_text(now, "data.attributes.status") != "granted") return base::upstream("The sign-in failed: " + message);
  const std::string account = get_text(now, "data.attributes.account");
  context.world().err << "Signed in" << (account.empty() ? "" : " as " + base::printable(account)) << ". " << message
                      << '\n';
  return id;
}

base::Result<std::string> sign_in_for(Context& context, const std::string& project, const ConnectionFile& file,
                                      const std::string& configuration) {
  Json attributes{{"connection-type", file.form.type->id}, {"scheme", file.form.scheme->id}};
  Json parameters = Json::object();
  std::string named = configuration;
  for (const auto& parameter : file.form.scheme->parameters) {
    const auto given = file.form.given.values.find(parameter.id);
    if (parameter.secret || given == file.form.given.values.end()) continue;
    parameters[parameter.id] = given->second.reveal();
    if (named.empty() && is_of_configurations(parameter)) named = given->second.reveal();
  }
  attributes["parameters"] = parameters;
  if (!named.empty()) attributes["oauth-configuration"] = named;
  return sign_in(context, "/projects/" + project + "/oauth-authorizations", attributes);
}

bool takes_sign_in(const catalogue::Scheme& scheme) {
  return !scheme.needs_oauth_configuration.empty() ||
         std::any_of(scheme.parameters.begin(), scheme.parameters.end(), is_of_configurations);
}

ConnectionFile as_if_signed_in(ConnectionFile file) {
  for (const auto& parameter : file.form.scheme->parameters) {
    const bool comes_of_it = (parameter.secret && parameter.filled_by_flow) || is_of_configurations(parameter);
    if (comes_of_it) file.form.given.values.try_emplace(parameter.id, base::Secret("x"));
  }
  return file;
}

}  // namespace cli
