# The ways into Melscope: `make run` to try it, `make test` to check it. Both install what the system lacks first.

# What compiling takes: the C compiler that links, and the C library's headers.
BUILD_PACKAGES = gcc libc6-dev pkg-config ca-certificates libasound2-dev
# What the window takes at run time: sound, X11 or Wayland, and GL.
RUN_PACKAGES = libasound2 libx11-6 libx11-xcb1 libxcursor1 libxi6 libxkbcommon-x11-0 libegl1 libgl1
# What the tests take besides: PyTorch to load our tensors, libsndfile and ffmpeg as judges of decoding, strace to kill builds
# at every step, real recordings, a browser for reports, Slurm for builds on many machines, letters of many scripts, and a display
# and a hand for the window.
TEST_PACKAGES = python3-torch python3-numpy python3-soundfile python3-venv strace sonic-pi-samples ffmpeg chromium slurm-wlm \
	$(DISPLAY_PACKAGES) xdotool $(FONT_PACKAGES)
# What Debian has not: an environment of Python with the packages of tests/requirements.txt, and Debian's own.
TEST_PYTHON = target/python
# Letters for names of files: Arabic, Hebrew, Hindi and Thai; Chinese, Japanese and Korean; emoji and signs of music.
FONT_PACKAGES = fonts-noto-core fonts-wqy-microhei fonts-symbola
# A display without a screen, for tests and pictures.
DISPLAY_PACKAGES = xvfb xauth libgl1-mesa-dri

DEMO = target/demo/recordings
# The recordings in the pictures: at a path that is the same everywhere, because the pictures show it.
SHOWN_DEMO = /tmp/melscope-demo/recordings
# How `make run` compiles: for an engine at full speed, but without link-time optimisation; see Cargo.toml.
QUICK = --profile quick --locked
MELSCOPE = cargo run $(QUICK) --quiet --

.PHONY: run test lint bench screenshots build-packages run-packages test-packages python-packages display-packages

# Builds the program, writes the demo recordings, and opens the window on them; without a display it builds their cache.
run: build-packages run-packages
	cargo build $(QUICK)
	$(MELSCOPE) demo $(DEMO)
	if [ -n "$$DISPLAY$$WAYLAND_DISPLAY" ]; then $(MELSCOPE) $(DEMO); else $(MELSCOPE) build $(DEMO) --yes; fi

test: build-packages run-packages test-packages python-packages
	cargo test --locked --features train

# What is asked of every change besides the tests: form, lints, documentation, and an engine without a window.
lint: build-packages
	cargo fmt --check
	cargo clippy --locked --all-targets --features train -- -D warnings
	RUSTDOCFLAGS="-D warnings" cargo doc --locked --no-deps
	cargo check --locked --lib --bins --no-default-features

bench: build-packages
	cargo bench $(QUICK)

# Draws every view in both themes from the demo recordings, on a display of its own.
screenshots: build-packages run-packages display-packages
	cargo build $(QUICK)
	$(MELSCOPE) demo $(SHOWN_DEMO)
	$(MELSCOPE) build $(SHOWN_DEMO) --yes
	mkdir -p screenshots
	for view in tune hear augment audit build; do for theme in light dark; do \
		xvfb-run --auto-servernum --server-args="-screen 0 1280x800x24 -nolisten tcp" \
			target/quick/melscope $(SHOWN_DEMO) --file melody.wav --view $$view --theme $$theme \
			--screenshot screenshots/$$view-$$theme.png || exit 1; \
	done; done

build-packages:
	$(call install-missing,$(BUILD_PACKAGES))

run-packages:
	$(call install-missing,$(RUN_PACKAGES))

test-packages:
	$(call install-missing,$(TEST_PACKAGES))

display-packages:
	$(call install-missing,$(DISPLAY_PACKAGES))

python-packages: $(TEST_PYTHON)/installed

$(TEST_PYTHON)/installed: tests/requirements.txt | test-packages
	/usr/bin/python3 -m venv --system-site-packages $(TEST_PYTHON)
	$(TEST_PYTHON)/bin/python3 -m pip install --quiet --disable-pip-version-check --requirement tests/requirements.txt
	touch $@

# Installs those of the given Debian packages that are missing. A system without dpkg is left to its owner.
define install-missing
@command -v dpkg-query >/dev/null || { echo "Not a Debian system: $(1) are taken to be there."; exit 0; }; \
missing=$$(for package in $(1); do \
	dpkg-query --show --showformat='$${db:Status-Status}\n' $$package 2>/dev/null | grep -qx installed || echo $$package; \
done); \
if [ -n "$$missing" ]; then \
	echo "Installing" $$missing; \
	if [ "$$(id -u)" -eq 0 ]; then sudo=; else sudo=sudo; fi; \
	$$sudo apt-get update -q && \
	$$sudo env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends $$missing; \
fi
endef
