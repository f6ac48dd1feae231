#include "net/http_client.h"

#include <deque>
#include <mutex>
#include <utility>

#include "net/address.h"
#include "net/client_request.h"
#include "net/curl_transfer.h"
#include "net/outbound_policy.h"

namespace net {
namespace {

constexpr std::size_t kIdleSessions = 16;

// Idle sessions under the key of what their connections may be used for.
class SessionPool {
 public:
  std::unique_ptr<CurlSession> take(const std::string& key) {
    const std::lock_guard lock(mutex_);
    for (auto entry = idle_.rbegin(); entry != idle_.rend(); ++entry) {
      if (entry->first != key) continue;
      auto session = std::move(entry->second);
      idle_.erase(std::next(entry).base());
      return session;
    }
    return std::make_unique<CurlSession>();
  }

  void put(std::string key, std::unique_ptr<CurlSession> session) {
    std::unique_ptr<CurlSession> oldest;  // closed after the lock is given back
    const std::lock_guard lock(mutex_);
    idle_.emplace_back(std::move(key), std::move(session));
    if (idle_.size() <= kIdleSessions) return;
    oldest = std::move(idle_.front().second);
    idle_.pop_front();
  }

 private:
  std::mutex mutex_;
  std::deque<std::pair<std::string, std::unique_ptr<CurlSession>>> idle_;
};

class PolicedClient final : public HttpClient {
 public:
  PolicedClient(OutboundPolicy policy, const ClientLimits& limits)
      : policy_(std::move(policy)), limits_(limits), system_ca_(system_ca_bundle()) {}

  base::Result<ClientResponse> send(const Endpoint& endpoint, const ClientRequest& request) override {
    RETURN_IF_ERROR(check_request(request));
    ASSIGN_OR_RETURN(const Plan plan, make_plan(endpoint, request));
    const std::string key = plan.url.origin() + '\n' + endpoint.proxy + '\n' + endpoint.ca_bundle;
    auto session = pool_.take(key);
    auto response = session->run(plan, request, limits_);
    if (response) pool_.put(key, std::move(session));  // after a failure the next call starts afresh
    return response;
  }

 private:
  base::Result<Plan> make_plan(const Endpoint& endpoint, const ClientRequest& request) const {
    Plan plan;
    ASSIGN_OR_RETURN(plan.url, parse_url(request.url));
    RETURN_IF_ERROR(policy_.check_url(plan.url));
    if (!endpoint.ca_bundle.empty()) plan.ca = system_ca_ + "\n" + endpoint.ca_bundle + "\n";
    if (endpoint.proxy.empty() || bypasses_proxy(endpoint.no_proxy, plan.url.host)) {
      ASSIGN_OR_RETURN(plan.addresses, resolve(plan.url));
      return plan;
    }
    ASSIGN_OR_RETURN(plan.proxy, parse_url(endpoint.proxy));
    // The proxy looks the name up once more, often in another network. What this machine knows about the name still
    // counts: a blocked target is not reached by way of a proxy.
    if (const auto known = policy_.resolve(plan.url.host, plan.url.port);
        !known && known.error().code == base::Code::kInvalid) {
      return known.error();
    }
    ASSIGN_OR_RETURN(plan.addresses, resolve(*plan.proxy));
    return plan;
  }

  base::Result<std::vector<std::string>> resolve(const Url& url) const {
    auto addresses = policy_.resolve(url.host, url.port);
    if (!addresses && addresses.error().code == base::Code::kUnavailable) {
      addresses.error().message = unreachable(url.origin());
    }
    return addresses;
  }

  const OutboundPolicy policy_;
  const ClientLimits limits_;
  const std::string system_ca_;
  SessionPool pool_;
};

}  // namespace

std::unique_ptr<HttpClient> make_http_client(const OutboundPolicy& policy, const ClientLimits& limits) {
  return std::make_unique<PolicedClient>(policy, limits);
}

}  // namespace net
