#include "tests/net/certificates.h"

#include <gtest/gtest.h>

#include <cstdlib>

namespace net_test {
namespace {

void run(const std::filesystem::path& directory, const std::string& command) {
  const std::string line = "cd '" + directory.string() + "' && (" + command + ") >>openssl.log 2>&1";
  ASSERT_EQ(std::system(line.c_str()), 0) << command << "\n"
                                          << base::read_file(directory / "openssl.log", 1U << 20U).value_or("");
}

constexpr const char* kKey = "-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes ";

}  // namespace

CertificateAuthority::CertificateAuthority()
    : directory_(*base::TemporaryDirectory::create(std::filesystem::temp_directory_path(), "net-test")) {
  const std::string config =
      "[ca]\ndefault_ca = own\n[own]\ndatabase = index.txt\nnew_certs_dir = .\nserial = serial\n"
      "certificate = ca.pem\nprivate_key = ca.key\ndefault_md = sha256\npolicy = any\nunique_subject = no\n"
      "copy_extensions = copy\n[any]\ncommonName = supplied\n";
  EXPECT_TRUE(base::write_file(directory_.path() / "ca.cnf", config));
  run(directory_.path(), std::string("touch index.txt && echo 01 > serial && openssl req -x509 ") + kKey +
                             "-keyout ca.key -out ca.pem -subj '/CN=A Test Authority' -days 2");
}

std::string CertificateAuthority::pem() const { return *base::read_file(directory_.path() / "ca.pem", 1U << 20U); }

CertificateAuthority::Files CertificateAuthority::issue(const std::string& names, const std::string& valid) const {
  run(directory_.path(), std::string("openssl req ") + kKey +
                             "-keyout s.key -out s.csr -subj /CN=server -addext 'subjectAltName=" + names +
                             "' && openssl ca -batch -config ca.cnf -notext -in s.csr -out s.pem " + valid);
  return {directory_.path() / "s.pem", directory_.path() / "s.key"};
}

CertificateAuthority::Files CertificateAuthority::issue_expired(const std::string& names) const {
  return issue(names, "-startdate 20200101000000Z -enddate 20200201000000Z");
}

CertificateAuthority::Files CertificateAuthority::issue_not_yet_valid(const std::string& names) const {
  return issue(names, "-startdate 20480101000000Z -enddate 20490201000000Z");
}

CertificateAuthority::Files CertificateAuthority::self_signed(const std::string& names) const {
  run(directory_.path(), std::string("openssl req -x509 ") + kKey +
                             "-keyout self.key -out self.pem -subj /CN=self -days 2 -addext 'subjectAltName=" + names +
                             "'");
  return {directory_.path() / "self.pem", directory_.path() / "self.key"};
}

}  // namespace net_test
