#include "tests/net/tls_server.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <memory>
#include <vector>

#include "base/strings.h"

namespace net_test {
namespace {

std::vector<std::string> command(const CertificateAuthority::Files& files, const std::string& options) {
  std::vector<std::string> words = {
      "openssl", "s_server",        "-accept", "127.0.0.1:0", "-www", "-cert", files.certificate.string(),
      "-key",    files.key.string()};
  for (const std::string& word : base::split(options, ' ')) {
    if (!word.empty()) words.push_back(word);
  }
  return words;
}

void become(std::vector<std::string> words, int output) {
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  dup2(output, STDOUT_FILENO);
  const int nothing = open("/dev/null", O_RDWR);
  dup2(nothing, STDIN_FILENO);
  dup2(nothing, STDERR_FILENO);
  execvp(arguments[0], arguments.data());
  _exit(127);
}

}  // namespace

TlsServer::TlsServer(const CertificateAuthority::Files& files, const std::string& options) {
  int pipe_ends[2];
  if (pipe2(pipe_ends, O_CLOEXEC) != 0) return;
  const auto words = command(files, options);
  pid_ = fork();
  if (pid_ == 0) become(words, pipe_ends[1]);
  close(pipe_ends[1]);
  output_ = base::FileDescriptor(pipe_ends[0]);
  const std::unique_ptr<FILE, int (*)(FILE*)> output(fdopen(dup(pipe_ends[0]), "r"), &fclose);
  char line[256];
  while (port_ == 0 && fgets(line, sizeof line, output.get()) != nullptr) {
    const std::string text(base::trim(line));  // "ACCEPT 127.0.0.1:40123"
    if (text.starts_with("ACCEPT"))
      port_ = static_cast<int>(base::to_integer(text.substr(text.rfind(':') + 1)).value_or(0));
  }
  EXPECT_NE(port_, 0) << "openssl s_server did not start";
}

TlsServer::~TlsServer() {
  if (pid_ <= 0) return;
  kill(pid_, SIGKILL);
  waitpid(pid_, nullptr, 0);
}

}  // namespace net_test
