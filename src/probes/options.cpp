#include "probes/options.h"

#include "base/strings.h"
#include "catalogue/live_options.h"
#include "net/outbound_policy.h"
#include "probes/answer.h"
#include "probes/small_step.h"

// Choices that a form offers, asked for at the service.
namespace probes {
namespace {

constexpr std::size_t kLongest = 1'024;  // bytes of a value

bool is_fit(const std::string& text) {
  return !text.empty() && text.size() <= kLongest && base::printable(text, kLongest) == text;
}

class Asking {
 public:
  Asking(Session& session, const catalogue::Parameter& parameter, catalogue::LiveOptions live)
      : session_(session), from_(parameter.options_from), live_(std::move(live)) {}

  base::Result<Options> all() {
    ASSIGN_OR_RETURN(const std::string token, live_.reference.empty() ? own_token() : token_of_reference());
    std::string url = live_.url;  // a template
    for (int page = 0;; ++page) {
      ASSIGN_OR_RETURN(const std::string next, ask(url, token));
      if (next.empty()) return std::move(found_);
      if (page + 1 == kMostOptionPages || found_.options.size() >= kMostOptions) {
        found_.complete = false;
        return std::move(found_);
      }
      // What a service says is a value and never a template.
      session_.facts.captures["options.next"] = base::Secret(next);
      url = "{{options.next}}";
    }
  }

 private:
  // The template of the token with which to ask.
  base::Result<std::string> token_of_reference() {
    const Done done = do_step(session_, {{"id", "options"},
                                         {"do", "azure_token"},
                                         {"connection", "{{" + live_.reference + "}}"},
                                         {"capture", json::object({{"access_token", "access_token"}})}});
    if (!done.seen.passed) return refusal(done.verdict);
    return std::string("{{options.access_token}}");
  }

  base::Result<std::string> own_token() {
    const std::vector<std::string> wanted{"token.access_token"};
    const Report report = run_all(session_, &wanted);
    if (session_.facts.captures.contains(wanted.front())) return "{{" + wanted.front() + "}}";
    if (!report.verdict.message.empty()) return refusal(report.verdict);
    return base::invalid("the scheme " + session_.scheme.id + " has no sign-in to ask with");
  }

  // One page; the address of the next, or nothing.
  base::Result<std::string> ask(const std::string& url, const std::string& token) {
    const Done done = do_step(
        session_, {{"id", "list"},
                   {"do", "http"},
                   {"method", "GET"},
                   {"url", url},
                   {"headers", {{"Accept", "application/json"}}},
                   {"auth", {{"kind", "bearer"}, {"token", token}}},
                   {"expect", {{"status", json::array({200})}, {"json", json::object({{from_.items, "present"}})}}}});
    if (!done.seen.passed) return refusal(done.verdict);
    ASSIGN_OR_RETURN(const std::string asked, session_.text_of(json::object({{"url", url}}), "url"));
    const json* items = &*done.seen.parsed;
    for (const auto& name : base::split(from_.items, '.')) {
      if (items->is_object() && items->contains(name)) items = &items->at(name);
    }
    if (items->is_array()) take(*items);
    const auto next = json_at(*done.seen.parsed, "nextLink");
    if (!next || next->empty()) return std::string();
    const auto from = net::parse_url(asked);
    const auto to = net::parse_url(*next);
    if (!from || !to || !net::same_origin(*from, *to)) {
      return base::upstream("The service's answer names another server for the rest of the list; it was not asked.");
    }
    return *next;
  }

  void take(const json& items) {
    for (const auto& item : items) {
      if (found_.options.size() == kMostOptions) {
        found_.complete = false;
        return;
      }
      const std::string value = json_at(item, from_.value).value_or("");
      const std::string label = session_.mask.shown(json_at(item, from_.label).value_or(""));
      if (!is_fit(value) || session_.mask.apply(value) != value) continue;
      found_.options.push_back({value, label.empty() ? value : label});
    }
  }

  Session& session_;
  const catalogue::OptionsFrom& from_;
  catalogue::LiveOptions live_;
  Options found_;
};

}  // namespace

base::Result<Options> list_options(const catalogue::Type& type, const catalogue::Scheme& scheme,
                                   const catalogue::Parameter& parameter, const catalogue::Values& values,
                                   const Environment& environment) {
  auto live = catalogue::live_options(scheme, parameter);
  if (!live) return base::invalid("no service is asked for the choices of '" + parameter.label + "'");
  Session session(type, scheme, values, environment);
  return Asking(session, parameter, *std::move(live)).all();
}

}  // namespace probes
