#include "app/connection_prober.h"

#include <vector>

#include "probes/account.h"
#include "probes/options.h"
#include "probes/probes.h"

namespace app {
namespace {

// What one attempt needs around it; the connections that it refers to live as long as this.
class Surroundings {
 public:
  Surroundings(const connections::Attempt& attempt, const catalogue::Catalogue& catalogue,
               const net::OutboundPolicy& policy, federation::Issuer& issuer)
      : environment_{catalogue, policy} {
    environment_.name = attempt.name;
    environment_.known_host_line = attempt.known_host_line;
    if (!attempt.oauth_client_id.empty()) environment_.oauth["client_id"] = base::Secret(attempt.oauth_client_id);
    // Of this connection alone, whatever its type puts into the step.
    environment_.issue_token = [&attempt, &issuer](std::string_view audience, std::string_view as,
                                                   std::string_view subject) -> base::Result<base::Secret> {
      if (as != issuer.url() || attempt.subject.empty() || subject != attempt.subject) {
        return base::forbidden("this server signs tokens as " + issuer.url() + ", and of the connection itself only");
      }
      return issuer.sign({std::string(audience), std::string(subject), attempt.token_lifetime});
    };
    if (attempt.references == nullptr) return;
    for (const auto& one : attempt.references->connections) {
      referred_.push_back({one.id, one.name, {one.type, one.scheme, &one.values}});
    }
    environment_.find_connection = [this](std::string_view name) -> const probes::Referenced* {
      for (const auto& one : referred_) {
        if (one.id == name || one.name == name) return &one.referenced;
      }
      return nullptr;
    };
  }
  Surroundings(const Surroundings&) = delete;
  Surroundings& operator=(const Surroundings&) = delete;

  const probes::Environment& get() const { return environment_; }

 private:
  struct Referred {
    std::string id, name;
    probes::Referenced referenced;
  };
  std::vector<Referred> referred_;
  probes::Environment environment_;
};

// A sentence, with the service's own words where it said any.
std::string sentence(const probes::Verdict& verdict) {
  if (verdict.words.empty()) return verdict.message;
  return verdict.message + (verdict.message.empty() ? "" : " ") + "The service said: " + verdict.words;
}

const char* result_of(probes::StepReport::State state) {
  switch (state) {
    case probes::StepReport::State::kPassed: return "ok";
    case probes::StepReport::State::kWarned: return "ok_with_warning";
    case probes::StepReport::State::kFailed: return "failed";
    case probes::StepReport::State::kSkipped: return "skipped";
  }
  return "skipped";
}

connections::Report report_from(const probes::Report& from) {
  connections::Report report;
  report.result = probes::outcome_name(from.outcome);
  report.error_class = from.verdict.error_class;
  report.message = sentence(from.verdict);
  report.remedy = from.verdict.remedy;
  report.milliseconds = from.duration.count();
  report.notes = from.notes;
  report.learned = {from.learned.begin(), from.learned.end()};
  for (const auto& step : from.steps) {
    report.steps.push_back(
        {step.id, step.action, result_of(step.state), sentence(step.verdict), step.duration.count()});
  }
  return report;
}

}  // namespace

connections::Prober make_prober(std::shared_ptr<const catalogue::Catalogue> catalogue,
                                const net::OutboundPolicy& policy, federation::Issuer& issuer) {
  return [catalogue = std::move(catalogue), &policy, &issuer](const connections::Attempt& attempt) {
    const Surroundings around(attempt, *catalogue, policy, issuer);
    return report_from(probes::verify(*attempt.type, *attempt.scheme, *attempt.values, around.get()));
  };
}

connections::Fetcher make_fetcher(std::shared_ptr<const catalogue::Catalogue> catalogue,
                                  const net::OutboundPolicy& policy, federation::Issuer& issuer) {
  return [catalogue = std::move(catalogue), &policy, &issuer](
             const connections::Attempt& attempt,
             const std::vector<std::string>& names) -> base::Result<catalogue::StepFacts> {
    const Surroundings around(attempt, *catalogue, policy, issuer);
    ASSIGN_OR_RETURN(auto captured,
                     probes::fetch_captures(*attempt.type, *attempt.scheme, *attempt.values, names, around.get()));
    catalogue::StepFacts facts;
    for (auto& [name, secret] : captured) facts.captures[name] = std::move(secret);
    return facts;
  };
}

connections::Lister make_lister(std::shared_ptr<const catalogue::Catalogue> catalogue,
                                const net::OutboundPolicy& policy, federation::Issuer& issuer) {
  return [catalogue = std::move(catalogue), &policy, &issuer](
             const connections::Attempt& attempt,
             const catalogue::Parameter& parameter) -> base::Result<connections::Options> {
    const Surroundings around(attempt, *catalogue, policy, issuer);
    ASSIGN_OR_RETURN(auto found,
                     probes::list_options(*attempt.type, *attempt.scheme, parameter, *attempt.values, around.get()));
    connections::Options options;
    options.complete = found.complete;
    for (auto& one : found.options) options.options.push_back({std::move(one.value), std::move(one.label)});
    return options;
  };
}

connections::Accounts make_accounts(std::shared_ptr<const catalogue::Catalogue> catalogue,
                                    const net::OutboundPolicy& policy, federation::Issuer& issuer) {
  connections::Accounts accounts;
  accounts.name = [](const connections::ServiceConnectionId& id) { return probes::account_name(id.str()); };
  accounts.can_make = probes::can_make_account;
  accounts.make = [catalogue, &policy, &issuer](const connections::Attempt& attempt, const std::string& name) {
    const Surroundings around(attempt, *catalogue, policy, issuer);
    auto made = probes::make_account(*attempt.type, *attempt.scheme, *attempt.values, around.get(), name);
    connections::AccountMade result;
    result.done = made.done;
    result.problem = std::move(made.problem);
    result.left = std::move(made.left);
    result.warnings = std::move(made.account.warnings);
    if (made.done) {
      result.fields["server_url"] = made.account.server;
      if (!made.account.authorities.empty()) result.fields["certificate"] = made.account.authorities;
      result.secrets.emplace("token", std::move(made.account.token));
    }
    return result;
  };
  accounts.remove = [catalogue, &policy, &issuer](const connections::Attempt& attempt, const std::string& name) {
    const Surroundings around(attempt, *catalogue, policy, issuer);
    auto gone = probes::remove_account(*attempt.type, *attempt.scheme, *attempt.values, around.get(), name);
    return connections::AccountRemoved{std::move(gone.removed), std::move(gone.left)};
  };
  return accounts;
}

}  // namespace app
