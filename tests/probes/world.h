#pragma once

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "base/file.h"
#include "probes/account.h"
#include "probes/options.h"
#include "probes/probes.h"
#include "tests/net/certificates.h"

namespace probes_test {

inline constexpr const char* kUser = "ann";
inline constexpr const char* kPassword = "s3cret/+pass word";
inline constexpr const char* kToken = "tok-0123456789abcdef";

// One service of services.py; ended with this object. Throws std::runtime_error if it does not come up.
class Service {
 public:
  explicit Service(const std::string& kind, const std::map<std::string, std::string>& options = {});
  ~Service();
  Service(const Service&) = delete;
  Service& operator=(const Service&) = delete;

  int port() const { return facts_.at("port").get<int>(); }
  std::string fact(const char* name) const { return facts_.value(name, ""); }

 private:
  int process_ = -1;
  base::FileDescriptor input_, output_;
  nlohmann::json facts_;
};

// The authority of every certificate in these tests.
const net_test::CertificateAuthority& authority();
std::map<std::string, std::string> certificate_for(const std::string& names);  // cert= and key= of a service

using Texts = std::map<std::string, std::string>;

// A verification of the shipped catalogue's type and scheme: names and ports lead to a service of this test.
class Try {
 public:
  Try(std::string type, std::string scheme, Texts values);
  Try& at(const Service& service);  // every name and port is this service
  Try& at_port(int port);
  Try& only_from(int asked, int port);  // connections to port `asked` go to `port`
  Try& within(std::chrono::milliseconds total);
  Try& knowing(std::string host_line);  // of an earlier look
  Try& with_azure(std::string scheme, Texts values);
  Try& stopped_by(std::stop_token stop);
  Try& without_allowance();  // no outbound rule
  probes::Report run() const;
  base::Result<probes::Options> options(const std::string& parameter) const;
  probes::AccountMade make_account(const std::string& name) const;
  probes::AccountRemoved remove_account(const std::string& name) const;

 private:
  struct Asked {
    const catalogue::Type& type;
    const catalogue::Scheme& scheme;
    const catalogue::Values& values;
    const probes::Environment& environment;
  };
  void in_environment(const std::function<void(const Asked&)>& act) const;

  std::string type_, scheme_, known_host_line_;
  Texts values_;
  std::map<int, int> ports_;
  int port_ = 0;
  bool allowed_ = true;
  std::chrono::milliseconds total_{15'000};
  std::string azure_scheme_;
  Texts azure_values_;
  std::stop_token stop_;
};

// "failed unauthorized", "ok"
std::string summary(const probes::Report& report);
// All that a person could see of it.
std::string everything(const probes::Report& report);

}  // namespace probes_test
