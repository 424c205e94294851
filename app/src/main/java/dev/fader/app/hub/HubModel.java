package dev.fader.app.hub;

import java.util.List;

/// A model at one commit.
record HubModel(String commit, List<HubFile> files) {}
