# For tools that only know node-gyp (prebuildify, node-gyp rebuild). Nothing is compiled by gyp: CMake owns every source
# list, and scripts/build-native.mjs runs it. package.json's "gypfile": false keeps npm from running this by itself.
{
  "targets": [
    {
      "target_name": "steady_whisper",
      "type": "none",
      "actions": [
        {
          "action_name": "build_native",
          "inputs": ["CMakeLists.txt", "scripts/build-native.mjs"],
          "outputs": ["<(PRODUCT_DIR)/steady_whisper.node"],
          "action": ["node", "scripts/build-native.mjs", "--out", "<(PRODUCT_DIR)"],
        },
      ],
    },
  ],
}
