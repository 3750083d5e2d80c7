; Inno Setup 6: the installer of the one-folder app. packaging/build passes Version and Output, and has made the icon.
; Not yet run: written without a Windows machine at hand.

#define Root "..\.."

[Setup]
AppId=org.layerledger.LayerLedger
AppName=LayerLedger
AppVersion={#Version}
AppPublisher=LayerLedger contributors
LicenseFile={#Root}\LICENSE
DefaultDirName={autopf}\LayerLedger
DefaultGroupName=LayerLedger
DisableProgramGroupPage=yes
PrivilegesRequired=lowest
PrivilegesRequiredOverridesAllowed=dialog
ArchitecturesAllowed=x64compatible
ArchitecturesInstallIn64BitMode=x64compatible
ChangesAssociations=yes
OutputDir={#Root}\build\dist
OutputBaseFilename={#Output}
SetupIconFile={#Root}\build\package\layerledger.ico
UninstallDisplayIcon={app}\layerledger.exe
Compression=lzma2
SolidCompression=yes
WizardStyle=modern

[Tasks]
Name: desktopicon; Description: "{cm:CreateDesktopIcon}"; Flags: unchecked

[Files]
Source: "{#Root}\build\dist\layerledger\*"; DestDir: "{app}"; Flags: recursesubdirs createallsubdirs ignoreversion

[Icons]
Name: "{group}\LayerLedger"; Filename: "{app}\layerledger.exe"
Name: "{autodesktop}\LayerLedger"; Filename: "{app}\layerledger.exe"; Tasks: desktopicon

[Registry]
Root: HKA; Subkey: "Software\Classes\.layers\OpenWithProgids"; ValueType: string; ValueName: "LayerLedger.layers"; ValueData: ""; Flags: uninsdeletevalue
Root: HKA; Subkey: "Software\Classes\LayerLedger.layers"; ValueType: string; ValueData: "LayerLedger network"; Flags: uninsdeletekey
Root: HKA; Subkey: "Software\Classes\LayerLedger.layers\DefaultIcon"; ValueType: string; ValueData: "{app}\layerledger.exe,0"
Root: HKA; Subkey: "Software\Classes\LayerLedger.layers\shell\open\command"; ValueType: string; ValueData: """{app}\layerledger.exe"" ""%1"""
; Models of other programs: offered under "Open with", never as the default.
Root: HKA; Subkey: "Software\Classes\.onnx\OpenWithProgids"; ValueType: string; ValueName: "LayerLedger.model"; ValueData: ""; Flags: uninsdeletevalue
Root: HKA; Subkey: "Software\Classes\.pt2\OpenWithProgids"; ValueType: string; ValueName: "LayerLedger.model"; ValueData: ""; Flags: uninsdeletevalue
Root: HKA; Subkey: "Software\Classes\.keras\OpenWithProgids"; ValueType: string; ValueName: "LayerLedger.model"; ValueData: ""; Flags: uninsdeletevalue
Root: HKA; Subkey: "Software\Classes\.h5\OpenWithProgids"; ValueType: string; ValueName: "LayerLedger.model"; ValueData: ""; Flags: uninsdeletevalue
Root: HKA; Subkey: "Software\Classes\.hdf5\OpenWithProgids"; ValueType: string; ValueName: "LayerLedger.model"; ValueData: ""; Flags: uninsdeletevalue
Root: HKA; Subkey: "Software\Classes\.tflite\OpenWithProgids"; ValueType: string; ValueName: "LayerLedger.model"; ValueData: ""; Flags: uninsdeletevalue
Root: HKA; Subkey: "Software\Classes\.lite\OpenWithProgids"; ValueType: string; ValueName: "LayerLedger.model"; ValueData: ""; Flags: uninsdeletevalue
Root: HKA; Subkey: "Software\Classes\.gguf\OpenWithProgids"; ValueType: string; ValueName: "LayerLedger.model"; ValueData: ""; Flags: uninsdeletevalue
Root: HKA; Subkey: "Software\Classes\.safetensors\OpenWithProgids"; ValueType: string; ValueName: "LayerLedger.model"; ValueData: ""; Flags: uninsdeletevalue
Root: HKA; Subkey: "Software\Classes\.pt\OpenWithProgids"; ValueType: string; ValueName: "LayerLedger.model"; ValueData: ""; Flags: uninsdeletevalue
Root: HKA; Subkey: "Software\Classes\.pth\OpenWithProgids"; ValueType: string; ValueName: "LayerLedger.model"; ValueData: ""; Flags: uninsdeletevalue
Root: HKA; Subkey: "Software\Classes\LayerLedger.model"; ValueType: string; ValueData: "Neural network model"; Flags: uninsdeletekey
Root: HKA; Subkey: "Software\Classes\LayerLedger.model\DefaultIcon"; ValueType: string; ValueData: "{app}\layerledger.exe,0"
Root: HKA; Subkey: "Software\Classes\LayerLedger.model\shell\open\command"; ValueType: string; ValueData: """{app}\layerledger.exe"" ""%1"""

[Run]
Filename: "{app}\layerledger.exe"; Description: "{cm:LaunchProgram,LayerLedger}"; Flags: nowait postinstall skipifsilent
