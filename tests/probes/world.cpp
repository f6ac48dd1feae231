#include "tests/probes/world.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <stdexcept>

#include "catalogue/catalogue.h"
#include "test_paths.h"

extern char** environ;

namespace probes_test {
namespace {

std::string first_line(int fd) {
  std::string line;
  while (line.find('\n') == std::string::npos) {
    pollfd waiting{fd, POLLIN, 0};
    std::array<char, 512> buffer{};
    if (::poll(&waiting, 1, 90'000) <= 0) break;
    const ssize_t count = ::read(fd, buffer.data(), buffer.size());
    if (count <= 0) break;
    line.append(buffer.data(), static_cast<std::size_t>(count));
  }
  return line;
}

catalogue::Values values_of(const catalogue::Scheme& scheme, const Texts& texts) {
  catalogue::Values values;
  for (const auto& parameter : scheme.parameters) {
    if (parameter.default_value) values.set(parameter.id, *parameter.default_value);
  }
  for (const auto& [id, text] : texts) {
    const auto* parameter = scheme.find_parameter(id);
    if (parameter == nullptr) throw std::runtime_error("the scheme has no parameter " + id);
    if (parameter->secret) {
      values.set_secret(id, base::Secret(text));
    } else {
      values.set(id, text);
    }
  }
  return values;
}

}  // namespace

Service::Service(const std::string& kind, const std::map<std::string, std::string>& options) {
  std::vector<std::string> words{"/usr/bin/python3", RUNBRIDGE_SOURCE_DIR "/tests/probes/services.py", kind};
  for (const auto& [name, value] : options) words.push_back(name + "=" + value);
  std::vector<char*> arguments;
  for (auto& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  std::array<int, 2> in{}, out{};
  if (::pipe2(in.data(), O_CLOEXEC) != 0 || ::pipe2(out.data(), O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, in[0], 0);
  posix_spawn_file_actions_adddup2(&actions, out[1], 1);
  const int failed = ::posix_spawn(&process_, words[0].c_str(), &actions, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  ::close(in[0]);
  ::close(out[1]);
  input_ = base::FileDescriptor(in[1]);
  output_ = base::FileDescriptor(out[0]);
  if (failed != 0) throw std::runtime_error("no python3");
  facts_ = nlohmann::json::parse(first_line(output_.get()), nullptr, false);
  if (!facts_.is_object()) throw std::runtime_error(kind + " does not start; script/bootstrap --test installs it");
}

Service::~Service() {
  input_.reset();
  if (process_ > 0) ::waitpid(process_, nullptr, 0);
}

const net_test::CertificateAuthority& authority() {
  static const net_test::CertificateAuthority kAuthority;
  return kAuthority;
}

std::map<std::string, std::string> certificate_for(const std::string& names) {
  const auto files = authority().issue(names);
  return {{"cert", files.certificate.string()}, {"key", files.key.string()}};
}

Try::Try(std::string type, std::string scheme, Texts values)
    : type_(std::move(type)), scheme_(std::move(scheme)), values_(std::move(values)) {}

Try& Try::at(const Service& service) { return at_port(service.port()); }
Try& Try::at_port(int port) {
  port_ = port;
  return *this;
}
Try& Try::only_from(int asked, int port) {
  ports_[asked] = port;
  return *this;
}
Try& Try::within(std::chrono::milliseconds total) {
  total_ = total;
  return *this;
}
Try& Try::knowing(std::string host_line) {
  known_host_line_ = std::move(host_line);
  return *this;
}
Try& Try::with_azure(std::string scheme, Texts values) {
  azure_scheme_ = std::move(scheme);
  azure_values_ = std::move(values);
  return *this;
}
Try& Try::stopped_by(std::stop_token stop) {
  stop_ = std::move(stop);
  return *this;
}
Try& Try::without_allowance() {
  allowed_ = false;
  return *this;
}

probes::Report Try::run() const {
  probes::Report report;
  in_environment(
      [&](const Asked& asked) { report = probes::verify(asked.type, asked.scheme, asked.values, asked.environment); });
  return report;
}

base::Result<probes::Options> Try::options(const std::string& parameter) const {
  std::optional<base::Result<probes::Options>> found;
  in_environment([&](const Asked& asked) {
    const auto* wanted = asked.scheme.find_parameter(parameter);
    if (wanted == nullptr) throw std::runtime_error("no parameter " + parameter);
    found = probes::list_options(asked.type, asked.scheme, *wanted, asked.values, asked.environment);
  });
  return *std::move(found);
}

probes::AccountMade Try::make_account(const std::string& name) const {
  probes::AccountMade made;
  in_environment([&](const Asked& asked) {
    made = probes::make_account(asked.type, asked.scheme, asked.values, asked.environment, name);
  });
  return made;
}

probes::AccountRemoved Try::remove_account(const std::string& name) const {
  probes::AccountRemoved gone;
  in_environment([&](const Asked& asked) {
    gone = probes::remove_account(asked.type, asked.scheme, asked.values, asked.environment, name);
  });
  return gone;
}

void Try::in_environment(const std::function<void(const Asked&)>& act) const {
  const auto catalogue = catalogue::Catalogue::builtin();
  const auto* type = catalogue->find_type(type_);
  const auto* scheme = type == nullptr ? nullptr : type->find_scheme(scheme_);
  if (scheme == nullptr) throw std::runtime_error("no scheme " + type_ + " " + scheme_);
  const auto values = values_of(*scheme, values_);
  const std::vector<std::string> allowed{"127.0.0.0/8"};
  const std::vector<std::string> plain{"127.0.0.1", "fabric.test"};
  const auto policy = net::OutboundPolicy::parse(allowed_ ? allowed : std::vector<std::string>(), plain);
  probes::Environment environment{.catalogue = *catalogue, .policy = *policy};
  environment.name = "test";
  environment.ca_bundle = authority().pem();
  environment.stop = stop_;
  environment.known_host_line = known_host_line_;
  environment.ssh_program = RUNBRIDGE_BINARY_DIR "/bin/runbridge-ssh-probe";
  environment.oauth["client_id"] = base::Secret("client");
  environment.limits.total = total_;
  environment.issue_token = [](std::string_view, std::string_view, std::string_view) {
    return base::Result<base::Secret>(base::Secret("eyJ4NXQjUzI1NiI6IngiLCJhbGciOiJSUzI1NiJ9.e30.c2ln"));
  };
  environment.route = [this](std::string_view host, int port) -> std::optional<net::Place> {
    if (host == "127.0.0.1" && port_ == 0 && ports_.empty()) return std::nullopt;
    const auto entry = ports_.find(port);
    if (entry != ports_.end()) return net::Place{"127.0.0.1", entry->second};
    if (port_ == 0) return std::nullopt;
    return net::Place{"127.0.0.1", port_};
  };
  probes::Referenced azure;
  catalogue::Values azure_values;
  if (!azure_scheme_.empty()) {
    azure.type = catalogue->find_type("azure_rm");
    azure.scheme = azure.type->find_scheme(azure_scheme_);
    azure_values = values_of(*azure.scheme, azure_values_);
    azure.values = &azure_values;
    environment.find_connection = [&](std::string_view) { return &azure; };
  }
  act({*type, *scheme, values, environment});
}

std::string summary(const probes::Report& report) {
  std::string text = probes::outcome_name(report.outcome);
  if (!report.verdict.error_class.empty()) text += " " + report.verdict.error_class;
  return text;
}

std::string everything(const probes::Report& report) {
  std::string text = report.verdict.message + "\n" + report.verdict.remedy + "\n" + report.verdict.words + "\n";
  for (const auto& step : report.steps) {
    text += step.id + " " + probes::step_state_name(step.state) + " " + step.verdict.message + " | " +
            step.verdict.remedy + " | " + step.verdict.words + "\n";
  }
  for (const auto& note : report.notes) text += note + "\n";
  for (const auto& [name, value] : report.learned) text += name + " " + value + "\n";
  return text;
}

}  // namespace probes_test
