# A Homebrew formula for a tap. `make release` and the release workflow fill in the sha256 of each archive.
class OcEtcd < Formula
  desc "Provision dedicated machines for etcd on OpenShift: an oc and kubectl plugin"
  homepage "https://github.com/oc-etcd/oc-etcd"
  version "@version@"
  license "Apache-2.0"

  on_macos do
    on_arm do
      url "https://github.com/oc-etcd/oc-etcd/releases/download/v@version@/kubectl-etcd-v@version@-darwin-arm64.tar.gz"
      sha256 "@sha256:darwin-arm64@"
    end
    on_intel do
      url "https://github.com/oc-etcd/oc-etcd/releases/download/v@version@/kubectl-etcd-v@version@-darwin-amd64.tar.gz"
      sha256 "@sha256:darwin-amd64@"
    end
  end

  on_linux do
    on_arm do
      url "https://github.com/oc-etcd/oc-etcd/releases/download/v@version@/kubectl-etcd-v@version@-linux-arm64.tar.gz"
      sha256 "@sha256:linux-arm64@"
    end
    on_intel do
      url "https://github.com/oc-etcd/oc-etcd/releases/download/v@version@/kubectl-etcd-v@version@-linux-amd64.tar.gz"
      sha256 "@sha256:linux-amd64@"
    end
  end

  def install
    bin.install "kubectl-etcd"
    # oc finds this name first, kubectl only the other one.
    bin.install_symlink "kubectl-etcd" => "oc-etcd"
    # What kubectl and oc call for completion.
    bin.install Dir["completions/*_complete-etcd"]
    bash_completion.install "completions/oc-etcd.bash" => "oc-etcd"
    zsh_completion.install "completions/_oc-etcd"
    fish_completion.install "completions/oc-etcd.fish"
    man1.install Dir["man/**/*.1"]
    pkgshare.install "rbac.yaml"
  end

  test do
    assert_match version.to_s, shell_output("#{bin}/kubectl-etcd version --client")
    assert_match "kubectl etcd", shell_output("#{bin}/kubectl-etcd --help")
  end
end
